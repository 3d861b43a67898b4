#include "server/serving/scheduling/batch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/serving/admission/query_check.h"
#include "server/serving/admission/refusal.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {
namespace {

// Before its deadline an answer must still be computed, encoded, sent and read,
// by threads that may have to wait for a core: a share of the job's whole time
// within bounds, and more for many numbers.
constexpr double kShareToAnswer = 0.05;
constexpr absl::Duration kLeastToAnswer = absl::Milliseconds(10);
constexpr absl::Duration kMostToAnswer = absl::Milliseconds(250);
constexpr double kValuesPerSecond = 5e7;
// One network has no variance, so that nobody could tell how far it is off.
constexpr int64_t kLeastPartial = 2;
// Fewer networks than these are not worth a piece.
constexpr double kLeastNext = 8;

double LargestStandardError(const std::vector<float>& variance,
                            int64_t networks) {
  if (networks < kLeastPartial) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (const float value : variance) largest = std::max<double>(largest, value);
  return std::sqrt(largest / static_cast<double>(networks));
}

absl::Duration TimeToAnswer(const Job& job, absl::Time accepted,
                            int64_t networks) {
  const int64_t copies = 2 + (job.network_outputs ? networks : 0);
  const auto values = static_cast<double>(
      job.rows * job.engine->manifest().num_outputs * copies);
  return std::clamp((job.deadline - accepted) * kShareToAnswer, kLeastToAnswer,
                    kMostToAnswer) +
         absl::Seconds(values / kValuesPerSecond);
}

absl::Status Overflow(int64_t row) {
  return Refuse(
      Refusal::kNotFinite,
      absl::InvalidArgumentError(absl::StrCat(
          "inputs: expected values that give finite outputs, got row ", row,
          ", about which the networks' outputs are not finite")));
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
        {std::move(queued.job), 0, queued.since, now - queued.since - waited_});
  }
}

bool Batch::RunPiece() {
  waited_ += clock_.Now() - left_off_;
  const bool goes_on =
      EndIfFailed(GuardExceptions([this] { return Advance(); }));
  left_off_ = clock_.Now();
  return goes_on;
}

bool Batch::GiveWay(absl::Duration piece) {
  return EndIfFailed(GuardExceptions([&] {
    if (session_ != nullptr && !complete()) {
      const double next =
          std::min(kLeastNext, static_cast<double>(NextNetworks(rows_)));
      AnswerExpiring(piece + network_.Upper() * next);
    }
    return absl::OkStatus();
  }));
}

// False once no job is left.
bool Batch::EndIfFailed(absl::Status status) {
  if (!status.ok()) {
    failure_ = status;
    // An interrupt is no failure: those it came from end as the dead do.
    status.Update(GuardExceptions([this] {
      FinishCancelled();
      return absl::OkStatus();
    }));
    EndAll(status);
  }
  return !members_.empty();
}

absl::Status Batch::Advance() {
  FinishCancelled();
  if (members_.empty()) return absl::OkStatus();
  if (session_ == nullptr) HG_RETURN_IF_ERROR(Begin());
  if (members_.empty()) return absl::OkStatus();
  const int64_t count = NextNetworksInTime();
  AnswerExpiring(network_.Upper() * count);
  if (members_.empty()) return absl::OkStatus();
  HG_RETURN_IF_ERROR(Ask(count));
  EndTheOverflown();
  if (members_.empty()) return absl::OkStatus();
  EndTheDone();
  TellProgress();
  return absl::OkStatus();
}

int64_t Batch::work_left() const {
  int64_t rows = 0;
  for (const Member& member : members_) rows += member.job.rows;
  return rows * (most_networks_ - asked_);
}

int64_t Batch::NextNetworks(int64_t rows) const {
  return plan_.NextNetworks({.rows = rows,
                             .network_bytes = engine_->network_bytes(),
                             .asked = asked_,
                             .remaining = most_networks_ - asked_},
                            stepwise_);
}

// Fewer than a whole piece where that would end too late for an answer that is
// wanted in time.
int64_t Batch::NextNetworksInTime() const {
  const int64_t count = NextNetworks(rows_);
  const absl::Time now = clock_.Now();
  absl::Duration left = absl::InfiniteDuration();
  for (const Member& member : members_) {
    if (HasPartial(member.job)) left = std::min(left, AnswerBy(member) - now);
  }
  const double fit = absl::FDivDuration(left, network_.Upper());
  return fit > kLeastNext
             ? static_cast<int64_t>(std::min(fit, static_cast<double>(count)))
             : count;
}

// Draws the first networks, and then sees who is there for them.
absl::Status Batch::Begin() {
  int64_t rows = 0;
  for (const Member& member : members_) rows += member.job.rows;
  const absl::Time start = clock_.Now();
  HG_RETURN_IF_ERROR(networks_.Prepare(NextNetworks(rows),
                                       [this] { return InterruptOfAll(); }));
  drawing_ += clock_.Now() - start;
  FinishCancelled();
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
  network_.Observe((done - start) / count);
  return absl::OkStatus();
}

// Is there nobody left to go on for?
absl::Status Batch::InterruptOfAll() const {
  HG_RETURN_IF_ERROR(interrupt_());
  const absl::Time now = clock_.Now();
  absl::Status status;
  for (const Member& member : members_) {
    status = LivenessOf(member, now);
    if (status.ok()) return status;
  }
  return status;
}

void Batch::FinishCancelled() {
  const absl::Status interrupted = interrupt_();
  const absl::Time now = clock_.Now();
  for (size_t i = members_.size(); i-- > 0;) {
    const absl::Status why =
        interrupted.ok() ? LivenessOf(members_[i], now) : interrupted;
    if (why.ok()) continue;
    const bool answer =
        absl::IsDeadlineExceeded(why) && HasPartial(members_[i].job);
    End(i, answer ? AnswerOf(members_[i], StopReason::kDeadline)
                  : absl::StatusOr<Answer>(why));
  }
}

// Is there an answer for it, should its deadline come?
bool Batch::HasPartial(const Job& job) const {
  return job.partial() && asked_ >= kLeastPartial;
}

// When a job that has a partial answer must be given it to have it in time.
absl::Time Batch::AnswerBy(const Member& member) const {
  return member.job.deadline -
         TimeToAnswer(member.job, member.accepted, asked_);
}

absl::Status Batch::LivenessOf(const Member& member, absl::Time now) const {
  const bool late = HasPartial(member.job) && now >= AnswerBy(member);
  return Liveness(member.job, late ? member.job.deadline : now);
}

// Those that take what there is rather than wait for a piece that ends too
// late.
void Batch::AnswerExpiring(absl::Duration next_piece) {
  const absl::Time end = clock_.Now() + next_piece;
  for (size_t i = members_.size(); i-- > 0;) {
    if (!HasPartial(members_[i].job) || end < AnswerBy(members_[i])) continue;
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
