#include "client/load/driver.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hypergan::load {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);

absl::Status CheckRange(const char* what, int64_t value, int64_t most) {
  if (value >= 1 && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": expected 1 to ", most, ", got ", value));
}

absl::Status CheckTime(const char* what, absl::Duration value) {
  if (value >= absl::ZeroDuration() && value <= kMaxDuration) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": expected 0 to ", absl::FormatDuration(kMaxDuration),
                   ", got ", absl::FormatDuration(value)));
}

absl::Status CheckRate(const LoadOptions& options) {
  const double rate = *options.rate;
  // The bound makes the expected number of arrivals at most kMaxRequests.
  const double seconds =
      absl::ToDoubleSeconds(options.warm_up + options.duration);
  double most = static_cast<double>(kMaxRequests);
  if (options.requests == kMaxRequests && seconds > 1) most /= seconds;
  if (std::isfinite(rate) && rate > 0 && rate <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("rate: expected above 0 and at most ", most,
                   " a second, so that no more than ", kMaxRequests,
                   " requests are due, ", "got ", rate));
}

}  // namespace

absl::Status CheckOptions(const LoadOptions& options) {
  absl::Status status =
      CheckRange("concurrency", options.concurrency, kMaxInFlight);
  status.Update(
      CheckRange("max_in_flight", options.max_in_flight, kMaxInFlight));
  status.Update(CheckRange("requests", options.requests, kMaxRequests));
  status.Update(CheckTime("warm_up", options.warm_up));
  status.Update(CheckTime("duration", options.duration));
  if (options.duration == absl::ZeroDuration()) {
    status.Update(
        absl::InvalidArgumentError("duration: expected more than 0, got 0"));
  }
  if (status.ok() && options.rate.has_value()) return CheckRate(options);
  return status;
}

Driver::Driver(const LoadOptions& options, Target& target, Clock& clock,
               const std::atomic<bool>& interrupted,
               std::function<void(const Moment&)> on_tick)
    : options_(options),
      target_(target),
      clock_(clock),
      interrupted_(interrupted),
      on_tick_(std::move(on_tick)),
      window_end_(options.warm_up + options.duration),
      schedule_(options.rate.value_or(1), options.schedule_seed),
      recorder_(options.warm_up, window_end_) {}

Recording Driver::Run() {
  start_ = clock_.Now();
  next_arrival_ = schedule_.Next();
  while (true) {
    auto ended = TakeEnded();
    if (interrupted_ && !stopped_) Interrupt();
    if (!stopped_) SendDue();
    for (auto& [flight, stop] : ended) CheckReply(flight, stop);
    if (stopped_ && flights_.empty()) break;
    PrepareNext();
    Wait();
  }
  // A run that was bounded by its number of requests is over with the last.
  if (!interrupted_ &&
      (measured_ == options_.requests || sent_ == kMaxRequests)) {
    recorder_.Close(last_stop_, /*interrupted=*/false);
  }
  return std::move(recorder_).Finish();
}

bool Driver::MaySend() const {
  return sent_ < kMaxRequests && measured_ < options_.requests;
}

void Driver::SendDue() {
  if (options_.rate.has_value()) {
    SendOpen();
  } else {
    SendClosed();
  }
  stopped_ = stopped_ || !MaySend() || Now() >= window_end_;
}

void Driver::SendClosed() {
  while (MaySend() && Outstanding() < options_.concurrency) {
    PrepareNext();
    const absl::Duration now = Now();
    if (now >= window_end_) return;
    Send(now);
  }
}

void Driver::SendOpen() {
  while (MaySend() && next_arrival_ < window_end_ && next_arrival_ <= Now()) {
    if (Outstanding() < options_.max_in_flight) {
      PrepareNext();
      Send(next_arrival_);
    } else if (Now() >= window_end_) {
      // No longer worth waiting for room: the time is up.
      recorder_.NotStarted(next_arrival_);
    } else {
      return;
    }
    next_arrival_ = schedule_.Next();
  }
}

void Driver::Send(absl::Duration intended) {
  const int64_t index = sent_++;
  Flight& flight =
      flights_.emplace(index, Flight{std::move(next_call_), intended})
          .first->second;
  if (intended >= options_.warm_up) ++measured_;
  recorder_.Sent(intended, Now());
  flight.call->Send([this, index] {
    const absl::Duration stop = Now();
    // Run may end, and this object with it, as soon as the lock is given back.
    std::lock_guard lock(mutex_);
    ended_.push_back({index, stop});
    clock_.Wake();
  });
}

void Driver::PrepareNext() {
  if (next_call_ == nullptr && !stopped_ && MaySend()) {
    next_call_ = target_.Prepare(sent_);
  }
}

void Driver::Interrupt() {
  stopped_ = true;
  recorder_.Close(Now(), /*interrupted=*/true);
  for (auto& [index, flight] : flights_) flight.call->Cancel();
}

std::vector<std::pair<Driver::Flight, absl::Duration>> Driver::TakeEnded() {
  std::vector<Ending> endings;
  {
    std::lock_guard lock(mutex_);
    endings.swap(ended_);
  }
  std::vector<std::pair<Flight, absl::Duration>> taken;
  for (const Ending& ending : endings) {
    const auto it = flights_.find(ending.index);
    taken.emplace_back(std::move(it->second), ending.stop);
    flights_.erase(it);
  }
  return taken;
}

void Driver::CheckReply(Flight& flight, absl::Duration stop) {
  last_stop_ = std::max(last_stop_, stop);
  const Reply reply = flight.call->Check();
  if (interrupted_ && absl::IsCancelled(reply.status)) {
    recorder_.Unfinished(flight.intended);
  } else {
    recorder_.Ended(flight.intended, stop, reply);
  }
}

void Driver::Wait() {
  const absl::Duration now = Now();
  if (now >= next_tick_) {
    on_tick_({now, sent_, Outstanding()});
    next_tick_ = now + kTick;
  }
  absl::Duration until = next_tick_;
  if (!stopped_) {
    until = std::min(until, window_end_);
    const bool room = Outstanding() < options_.max_in_flight;
    if (options_.rate.has_value() && room) {
      until = std::min(until, next_arrival_);
    }
  }
  clock_.WaitUntil(start_ + until);
}

}  // namespace hypergan::load
