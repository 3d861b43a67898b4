#include "server/rpc/calls/open_calls.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/serving/admission/retry_hint.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {
namespace {

// A watcher of the health stays for as long as its client, and holds little.
constexpr int64_t kMaxWatches = 10'000;

// By then clients that are slow have lost what is beyond their half.
constexpr absl::Duration kRetryPause = absl::Seconds(1);

absl::Status NoRoom(const char* flag, int64_t limit) {
  return WithRetryHint(
      absl::ResourceExhaustedError(
          absl::StrCat("too much waits to be delivered: --", flag, "=", limit,
                       " has no room for this request; try again later")),
      kRetryPause);
}

absl::Status TooSlow(const char* what, absl::Duration time) {
  return absl::DeadlineExceededError(
      absl::StrCat(what, " within ", absl::FormatDuration(time)));
}

absl::Status MakeWay(const char* what) {
  return absl::ResourceExhaustedError(
      absl::StrCat(what, " too slowly while others waited; try again later"));
}

// For slow clients, of any limit; one at least.
int64_t Half(int64_t limit) { return limit - limit / 2; }

}  // namespace

OpenCalls::Call::Call(OpenCalls& calls, CallKind kind, std::string connection,
                      Cancel cancel)
    : calls_(calls),
      kind_(kind),
      connection_(std::move(connection)),
      cancel_(std::move(cancel)) {
  calls_.Add(*this);
}

OpenCalls::Call::~Call() { calls_.Remove(*this); }

void OpenCalls::Call::Arrive(int64_t message_bytes) {
  calls_.Arrive(*this, message_bytes);
}

absl::Status OpenCalls::Call::Admit(int64_t bytes) {
  return calls_.Admit(*this, bytes);
}

void OpenCalls::Call::Hold(int64_t bytes) { calls_.Hold(*this, bytes); }

void OpenCalls::Call::Deliver() { calls_.Deliver(*this); }

void OpenCalls::Call::Continue() { calls_.Continue(*this); }

OpenCalls::OpenCalls(const Limits& limits, const Clock& clock,
                     Received received)
    : limits_(limits), clock_(clock), received_(std::move(received)) {
  for (Room& room : rooms_) {
    room.max_calls = limits.max_open_requests;
    room.max_bytes = limits.max_open_bytes;
  }
  RoomOf(CallKind::kHealthWatch).max_calls = kMaxWatches;
}

void OpenCalls::Add(Call& call) {
  {
    const std::lock_guard lock(mutex_);
    ++connections_[call.connection_].arriving;
    EnterLocked(call, Call::Stage::kArriving);
  }
  changed_.notify_one();
}

void OpenCalls::Remove(Call& call) {
  const std::lock_guard lock(mutex_);
  LeaveLocked(call);
  if (!call.admitted_) return;
  Room& room = RoomOf(call.kind_);
  --room.held.calls;
  room.held.bytes -= call.bytes_;
  if (room.held.calls == 0) became_none_.notify_all();
}

void OpenCalls::Arrive(Call& call, int64_t message_bytes) {
  const std::lock_guard lock(mutex_);
  const auto connection = connections_.find(call.connection_);
  if (connection != connections_.end()) {
    connection->second.finished += message_bytes;
  }
  if (call.stage_ != Call::Stage::kArriving) return;
  LeaveLocked(call);
  EnterLocked(call, Call::Stage::kWorking);
}

absl::Status OpenCalls::Admit(Call& call, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  Room& room = RoomOf(call.kind_);
  if (room.held.calls >= room.max_calls) {
    return NoRoom("max_open_requests", room.max_calls);
  }
  if (bytes > room.max_bytes - room.held.bytes) {
    return NoRoom("max_open_bytes", room.max_bytes);
  }
  call.admitted_ = true;
  call.bytes_ = bytes;
  ++room.held.calls;
  room.held.bytes += bytes;
  return absl::OkStatus();
}

void OpenCalls::Hold(Call& call, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!call.admitted_) return;
  const int64_t more = bytes - call.bytes_;
  Room& room = RoomOf(call.kind_);
  call.bytes_ += more;
  room.held.bytes += more;
  if (call.stage_ == Call::Stage::kDelivering) room.delivering.bytes += more;
}

void OpenCalls::Deliver(Call& call) {
  {
    const std::lock_guard lock(mutex_);
    if (call.stage_ == Call::Stage::kEnded) return;
    LeaveLocked(call);
    EnterLocked(call, Call::Stage::kDelivering);
  }
  changed_.notify_one();
}

void OpenCalls::Continue(Call& call) {
  const std::lock_guard lock(mutex_);
  if (call.stage_ != Call::Stage::kDelivering) return;
  LeaveLocked(call);
  EnterLocked(call, Call::Stage::kWorking);
}

void OpenCalls::EnterLocked(Call& call, Call::Stage stage) {
  call.stage_ = stage;
  call.since_ = clock_.Now();
  if (stage == Call::Stage::kArriving) {
    arrivals_.splice(arrivals_.end(), call.self_);
  }
  if (stage != Call::Stage::kDelivering) return;
  Room& room = RoomOf(call.kind_);
  room.deliveries.splice(room.deliveries.end(), call.self_);
  ++room.delivering.calls;
  room.delivering.bytes += call.bytes_;
}

void OpenCalls::LeaveLocked(Call& call) {
  if (call.stage_ == Call::Stage::kArriving) {
    call.self_.splice(call.self_.end(), arrivals_, call.place_);
    const auto connection = connections_.find(call.connection_);
    if (--connection->second.arriving == 0) connections_.erase(connection);
  }
  if (call.stage_ != Call::Stage::kDelivering) return;
  Room& room = RoomOf(call.kind_);
  call.self_.splice(call.self_.end(), room.deliveries, call.place_);
  --room.delivering.calls;
  room.delivering.bytes -= call.bytes_;
}

// What it holds stays counted until it is gone.
void OpenCalls::EndLocked(Call& call, absl::Status why,
                          std::vector<Ending>& endings) {
  endings.push_back(
      {call.cancel_, std::move(why)});  // what follows cannot throw
  LeaveLocked(call);
  call.stage_ = Call::Stage::kEnded;
}

void OpenCalls::EndOverdue() {
  std::vector<Ending> endings;
  // What could not be found out for want of memory is the next round's.
  GuardExceptions([&] {
    FindOverdue(endings);
    return absl::OkStatus();
  }).IgnoreError();
  // A call may come to its end, and be removed, within its cancellation.
  for (const Ending& ending : endings) ending.cancel(ending.why);
}

void OpenCalls::FindOverdue(std::vector<Ending>& endings) {
  std::map<std::string, int64_t> received;
  if (arriving() > 0) received = received_();
  const std::lock_guard lock(mutex_);
  const absl::Time now = clock_.Now();
  EndArrivingLocked(now, endings);
  for (Room& room : rooms_) EndDeliveringLocked(now, room, endings);
  EndHalfSentLocked(now, received, endings);
}

void OpenCalls::EndArrivingLocked(absl::Time now,
                                  std::vector<Ending>& endings) {
  while (!arrivals_.empty()) {
    Call& oldest = *arrivals_.front();
    const absl::Duration age = now - oldest.since_;
    if (age >= limits_.max_arrival_time) {
      EndLocked(oldest,
                TooSlow("the request's message did not arrive",
                        limits_.max_arrival_time),
                endings);
    } else if (age >= kPatience && static_cast<int64_t>(arrivals_.size()) >
                                       Half(limits_.max_open_requests)) {
      EndLocked(oldest, MakeWay("the request's message arrived"), endings);
    } else {
      return;
    }
  }
}

// What each connection has received since its oldest call began to arrive and
// is in no whole message. Frames' heads count as well, which are little in the
// time that a call may take to arrive.
std::map<std::string, int64_t> OpenCalls::UnfinishedLocked(
    const std::map<std::string, int64_t>& received) {
  std::map<std::string, int64_t> unfinished;
  for (Call* const call : arrivals_) {
    const auto found = received.find(call->connection_);
    if (found == received.end()) continue;
    const int64_t now =
        found->second - connections_[call->connection_].finished;
    if (!call->unfinished_before_) call->unfinished_before_ = now;
    unfinished.emplace(call->connection_, now - *call->unfinished_before_);
  }
  return unfinished;
}

void OpenCalls::EndHalfSentLocked(
    absl::Time now, const std::map<std::string, int64_t>& received,
    std::vector<Ending>& endings) {
  auto unfinished = UnfinishedLocked(received);
  int64_t total = 0;
  for (const auto& [connection, bytes] : unfinished) total += bytes;
  while (total > Half(limits_.max_transport_bytes)) {
    const auto most = std::max_element(
        unfinished.begin(), unfinished.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    for (auto place = arrivals_.begin(); place != arrivals_.end();) {
      Call& call = **place++;
      if (call.connection_ != most->first || now - call.since_ < kPatience) {
        continue;
      }
      EndLocked(call, MakeWay("the requests' messages arrived"), endings);
    }
    total -= most->second;
    unfinished.erase(most);
  }
}

void OpenCalls::EndDeliveringLocked(absl::Time now, Room& room,
                                    std::vector<Ending>& endings) {
  while (!room.deliveries.empty()) {
    Call& oldest = *room.deliveries.front();
    const absl::Duration age = now - oldest.since_;
    const bool beyond = room.delivering.calls > Half(room.max_calls) ||
                        room.delivering.bytes > Half(room.max_bytes);
    if (age >= limits_.max_delivery_time) {
      EndLocked(oldest,
                TooSlow("the client did not read the answer",
                        limits_.max_delivery_time),
                endings);
    } else if (age >= kPatience && beyond) {
      EndLocked(oldest, MakeWay("the client read the answer"), endings);
    } else {
      return;
    }
  }
}

bool OpenCalls::NobodyWaitsLocked() const {
  return arrivals_.empty() &&
         std::all_of(rooms_.begin(), rooms_.end(),
                     [](const Room& room) { return room.deliveries.empty(); });
}

bool OpenCalls::WaitUntilSomeWait() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::hours(24),
                    [this] { return stopping_ || !NobodyWaitsLocked(); });
  return !stopping_;
}

bool OpenCalls::Sleep(absl::Duration time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(time),
                    [this] { return stopping_; });
  return !stopping_;
}

void OpenCalls::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

bool OpenCalls::WaitUntilNone(absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  const auto bounded =
      std::clamp(timeout, absl::ZeroDuration(), absl::Hours(24));
  return became_none_.wait_for(
      lock, absl::ToChronoMilliseconds(bounded),
      [this] { return RoomOf(CallKind::kPrediction).held.calls == 0; });
}

OpenCalls::Level OpenCalls::LevelOf(CallKind kind) const {
  const std::lock_guard lock(mutex_);
  return rooms_[static_cast<size_t>(kind)].held;
}

OpenCalls::Level OpenCalls::DeliveringOf(CallKind kind) const {
  const std::lock_guard lock(mutex_);
  return rooms_[static_cast<size_t>(kind)].delivering;
}

int64_t OpenCalls::arriving() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(arrivals_.size());
}

}  // namespace hypergan::server
