#include "server/serving/batch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hypergan/status_macros.h"
#include "server/serving/exception_guard.h"
#include "server/serving/metrics.h"
#include "server/serving/query_check.h"

namespace hypergan::server {
namespace {

// An answer at the deadline must still be encoded and travel.
constexpr absl::Duration kToAnswer = absl::Milliseconds(5);
// Of a piece's time, for the next may take longer than the last.
constexpr double kSlack = 1.25;
// One network has no variance, so that nobody could tell how far it is off.
constexpr int64_t kLeastPartial = 2;

double LargestStandardError(const std::vector<float>& variance,
                            int64_t networks) {
  if (networks < kLeastPartial) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (const float value : variance) largest = std::max<double>(largest, value);
  return std::sqrt(largest / static_cast<double>(networks));
}

absl::Status Overflow(int64_t row) {
  return absl::InvalidArgumentError(
      absl::StrCat("inputs: expected values that give finite outputs, got row ",
                   row, ", about which the networks' outputs are not finite"));
}

}  // namespace

absl::Status Liveness(const Job& job, absl::Time now) {
  // The deadline first: gRPC also cancels a call whose deadline has passed.
  if (now >= job.deadline) {
    return absl::DeadlineExceededError(
        "the deadline passed before the prediction was done");
  }
  if (job.cancelled()) {
    return absl::CancelledError("the client cancelled the request");
  }
  return absl::OkStatus();
}

void EndJobs(std::vector<QueuedJob>& jobs, const absl::Status& why) {
  for (QueuedJob& each : jobs) each.job.done(why);
}

Batch::Batch(std::vector<QueuedJob>& jobs, Networks networks,
             const PiecePlan& plan, const Clock& clock, Latecomers latecomers,
             Interrupt interrupt)
    : networks_(std::move(networks)),
      plan_(plan),
      clock_(clock),
      latecomers_(std::move(latecomers)),
      interrupt_(std::move(interrupt)),
      engine_(jobs.front().job.engine),
      most_networks_(jobs.front().job.most_networks()),
      stepwise_(jobs.front().job.stepwise()),
      left_off_(clock.Now()) {
  Add(jobs);
}

void Batch::Add(std::vector<QueuedJob>& jobs) {
  const absl::Time now = clock_.Now();
  members_.reserve(members_.size() + jobs.size());  // what follows cannot throw
  for (QueuedJob& queued : jobs) {
    // What the batch waited before a latecomer joined is not to count twice.
    members_.push_back(
        {std::move(queued.job), 0, now - queued.since - waited_});
  }
}

bool Batch::RunPiece() {
  waited_ += clock_.Now() - left_off_;
  const bool goes_on = Work();
  left_off_ = clock_.Now();
  return goes_on;
}

bool Batch::Work() {
  absl::Status status = GuardExceptions([this] { return Advance(); });
  if (!status.ok()) {
    failure_ = status;
    // An interrupt is no failure: those it came from end as the dead do.
    status.Update(GuardExceptions([this] {
      EndTheDead();
      return absl::OkStatus();
    }));
    EndAll(status);
  }
  return !members_.empty();
}

absl::Status Batch::Advance() {
  EndTheDead();
  if (members_.empty()) return absl::OkStatus();
  if (session_ == nullptr) HG_RETURN_IF_ERROR(Begin());
  if (members_.empty()) return absl::OkStatus();
  const int64_t count = NextNetworks(rows_);
  EndTheLate(count);
  if (members_.empty()) return absl::OkStatus();
  HG_RETURN_IF_ERROR(Ask(count));
  EndTheOverflown();
  if (members_.empty()) return absl::OkStatus();
  EndTheDone();
  TellProgress();
  return absl::OkStatus();
}

int64_t Batch::NextNetworks(int64_t rows) const {
  return plan_.NextNetworks({.rows = rows,
                             .network_bytes = engine_->network_bytes(),
                             .asked = asked_,
                             .remaining = most_networks_ - asked_},
                            stepwise_);
}

// Draws the first networks, and then sees who is there for them.
absl::Status Batch::Begin() {
  int64_t rows = 0;
  for (const Member& member : members_) rows += member.job.rows;
  const absl::Time start = clock_.Now();
  HG_RETURN_IF_ERROR(networks_.Prepare(NextNetworks(rows),
                                       [this] { return InterruptOfAll(); }));
  drawing_ += clock_.Now() - start;
  EndTheDead();
  if (members_.empty()) return absl::OkStatus();
  LetLatecomersIn();
  return OpenSession();
}

void Batch::LetLatecomersIn() {
  int64_t cost = 0;
  int64_t values = 0;
  for (const Member& member : members_) {
    cost += member.job.cost();
    values += static_cast<int64_t>(member.job.inputs.size());
  }
  auto late = latecomers_(members_.front().job, cost, values);
  const absl::Status status = GuardExceptions([&] {
    Add(late);
    return absl::OkStatus();
  });
  if (!status.ok()) EndJobs(late, status);
}

absl::Status Batch::OpenSession() {
  num_jobs_ = static_cast<int64_t>(members_.size());
  for (Member& member : members_) {
    const absl::Span<const float> inputs = member.job.inputs;
    if (num_jobs_ > 1) {
      inputs_.insert(inputs_.end(), inputs.begin(), inputs.end());
    }
    member.first_row = rows_;
    rows_ += member.job.rows;
  }
  const Job& first = members_.front().job;
  SessionInputs inputs;
  inputs.values = num_jobs_ > 1 ? inputs_ : first.inputs;
  inputs.rows = rows_;
  inputs.network_outputs = first.network_outputs;
  HG_ASSIGN_OR_RETURN(session_, engine_->Open(inputs));
  return absl::OkStatus();
}

absl::Status Batch::Ask(int64_t count) {
  const Interrupt interrupt = [this] { return InterruptOfAll(); };
  const absl::Time start = clock_.Now();
  HG_ASSIGN_OR_RETURN(const auto networks, networks_.Take(count, interrupt));
  const absl::Time drawn = clock_.Now();
  drawing_ += drawn - start;
  HG_RETURN_IF_ERROR(session_->Add(networks, interrupt));
  const absl::Time done = clock_.Now();
  asking_ += done - drawn;
  asked_ += count;
  last_piece_ = (done - start) / count;
  return absl::OkStatus();
}

// Is there nobody left to go on for?
absl::Status Batch::InterruptOfAll() const {
  HG_RETURN_IF_ERROR(interrupt_());
  const absl::Time now = clock_.Now();
  absl::Status status;
  for (const Member& member : members_) {
    status = Liveness(member.job, now);
    if (status.ok()) return status;
  }
  return status;
}

void Batch::EndTheDead() {
  const absl::Status interrupted = interrupt_();
  const absl::Time now = clock_.Now();
  for (size_t i = members_.size(); i-- > 0;) {
    const Job& job = members_[i].job;
    const absl::Status why =
        interrupted.ok() ? Liveness(job, now) : interrupted;
    if (why.ok()) continue;
    const bool answer = absl::IsDeadlineExceeded(why) && job.partial() &&
                        asked_ >= kLeastPartial;
    End(i, answer ? AnswerOf(members_[i], StopReason::kDeadline)
                  : absl::StatusOr<Answer>(why));
  }
}

// Those that take what there is rather than wait for a piece that ends too
// late.
void Batch::EndTheLate(int64_t next_networks) {
  if (asked_ < kLeastPartial) return;
  const absl::Time end =
      clock_.Now() + last_piece_ * next_networks * kSlack + kToAnswer;
  for (size_t i = members_.size(); i-- > 0;) {
    if (!members_[i].job.partial() || end < members_[i].job.deadline) continue;
    End(i, AnswerOf(members_[i], StopReason::kDeadline));
  }
}

// Finite inputs that the networks have no finite outputs for are their client's
// fault; the rows of others do not suffer from them.
void Batch::EndTheOverflown() {
  for (size_t i = members_.size(); i-- > 0;) {
    const int64_t first = members_[i].first_row;
    const auto row = session_->FirstOverflow(first, members_[i].job.rows);
    if (row) End(i, Overflow(*row - first));
  }
}

void Batch::EndTheDone() {
  if (stepwise_ && members_.front().job.target) {
    // A job with a target is alone.
    const Member& member = members_.front();
    if (asked_ >= member.job.num_networks &&
        session_->LargestStandardError() <= member.job.target->standard_error) {
      return End(0, AnswerOf(member, StopReason::kTargetReached));
    }
    if (complete()) End(0, AnswerOf(member, StopReason::kMaxNetworks));
    return;
  }
  if (!complete()) return;
  for (size_t i = members_.size(); i-- > 0;) {
    End(i, AnswerOf(members_[i], StopReason::kAllNetworks));
  }
}

void Batch::TellProgress() {
  for (const Member& member : members_) {
    if (member.job.progress == nullptr) continue;
    auto answer = AnswerOf(member, StopReason::kAllNetworks);
    if (answer.ok()) member.job.progress(*std::move(answer));
  }
}

absl::StatusOr<Answer> Batch::AnswerOf(const Member& member,
                                       StopReason stop) const {
  const absl::Time start = clock_.Now();
  Answer answer;
  HG_ASSIGN_OR_RETURN(answer.prediction,
                      session_->Result(member.first_row, member.job.rows));
  HG_RETURN_IF_ERROR(CheckFinite(answer.prediction));
  answer.num_networks = asked_;
  answer.seed = networks_.seed();
  answer.sampling = networks_.sampling();
  answer.stop = stop;
  answer.largest_standard_error =
      LargestStandardError(answer.prediction.variance, asked_);
  answer.queued = QueuedOf(member);
  answer.drawing = drawing_;
  answer.asking = asking_ + (clock_.Now() - start);
  return answer;
}

void Batch::End(size_t member, absl::StatusOr<Answer> answer) {
  const absl::Duration queued = QueuedOf(members_[member]);
  const Job job = std::move(members_[member].job);
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(member));
  if (job.metrics != nullptr) job.metrics->ObserveQueue(queued);
  if (members_.empty()) {
    if (job.metrics != nullptr && asked_ > 0) {
      job.metrics->ObserveBatch(num_jobs_, asked_, rows_);
    }
    session_.reset();  // it may borrow the job's inputs
  }
  job.done(std::move(answer));
}

void Batch::EndAll(const absl::Status& why) {
  while (!members_.empty()) End(members_.size() - 1, why);
}

}  // namespace hypergan::server
