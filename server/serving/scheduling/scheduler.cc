#include "server/serving/scheduling/scheduler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

Scheduler::Scheduler(const Limits& limits, const Clock& clock,
                     NetworkSupply& supply, const Log& log, Observers observers)
    : limits_(limits),
      plan_(limits),
      clock_(clock),
      supply_(supply),
      log_(log),
      observers_(std::move(observers)),
      queue_(limits) {}

absl::Status Scheduler::Submit(Job job) {
  std::vector<JobQueue::Removed> dead;
  absl::Status status;
  const absl::Time now = clock_.Now();
  {
    const std::lock_guard lock(mutex_);
    if (!accepting_) {
      return absl::UnavailableError("the server is shutting down");
    }
    status = queue_.Push(std::move(job), now, pace_);
    if (!status.ok()) {
      // Those who no longer wait for an answer must not keep others out.
      dead = RemoveDeadLocked();
      // NOLINTNEXTLINE(bugprone-use-after-move): what was refused is still here
      if (!dead.empty()) status = queue_.Push(std::move(job), now, pace_);
    }
    ++changes_;
    TellLevelLocked();
  }
  changed_.notify_one();
  End(dead, now);
  return status;
}

void Scheduler::StopAccepting() {
  {
    const std::lock_guard lock(mutex_);
    accepting_ = false;
    queue_.SetDelayAside();
    ++changes_;
  }
  changed_.notify_one();
}

bool Scheduler::WaitUntilIdle(absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  const auto idle = [this] { return queue_.jobs() == 0 && !busy_; };
  const auto bounded = std::min(timeout, absl::Hours(24));
  return became_idle_.wait_for(lock, absl::ToChronoMilliseconds(bounded), idle);
}

void Scheduler::CancelAll() {
  cancel_all_ = true;
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notify_one();
}

void Scheduler::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
}

bool Scheduler::WaitForWork() {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return stopping_ || changes_ != seen_; };
  // Nothing is drawn ahead once all is cancelled.
  const absl::Time refill =
      cancel_all_ ? absl::InfiniteFuture() : supply_.NextRefill();
  const absl::Time wake =
      std::min({queue_.StartOf(true), queue_.StartOf(false), refill, rest_at_});
  const absl::Duration wait =
      std::max(wake - clock_.Now(), absl::ZeroDuration());
  if (wait >= absl::Hours(24)) {
    changed_.wait(lock, ready);
  } else {
    // Rounded up, so as not to wake a moment too early again and again.
    changed_.wait_for(
        lock, absl::ToChronoMicroseconds(wait + absl::Microseconds(1)), ready);
  }
  return !stopping_;
}

bool Scheduler::RunPiece() {
  DropTheDead();
  BeginBatches();
  const absl::Time start = clock_.Now();
  const bool worked = RunBatch();
  UpdateIdle();
  if (worked) PutOffRest();
  if (worked || DrawAhead()) {
    TellBusySince(start);
    return true;
  }
  RestIfDue();
  return false;
}

void Scheduler::TellBusySince(absl::Time start) const {
  if (observers_.busy) observers_.busy(clock_.Now() - start);
}

void Scheduler::DropTheDead() {
  std::vector<JobQueue::Removed> dead;
  {
    const std::lock_guard lock(mutex_);
    seen_ = changes_;
    dead = RemoveDeadLocked();
    busy_ = busy_ || !dead.empty();
    TellLevelLocked();
  }
  End(dead, clock_.Now());
}

void Scheduler::BeginBatches() {
  if (light_ == nullptr) Begin(true, light_);
  if (heavy_ == nullptr) Begin(false, heavy_);
}

void Scheduler::Begin(bool light, std::unique_ptr<Batch>& batch) {
  std::vector<QueuedJob> jobs;
  const absl::Status status = GuardExceptions([&] {
    jobs = TakeWhatIsDue(light);
    if (!jobs.empty()) batch = MakeBatch(light, jobs);
    return absl::OkStatus();
  });
  if (!status.ok()) EndJobs(jobs, status);
}

std::vector<QueuedJob> Scheduler::TakeWhatIsDue(bool light) {
  const std::lock_guard lock(mutex_);
  if (queue_.StartOf(light) > clock_.Now()) return {};
  std::vector<QueuedJob> jobs = queue_.Take(light);
  busy_ = true;
  TellLevelLocked();
  return jobs;
}

std::unique_ptr<Batch> Scheduler::MakeBatch(bool light,
                                            std::vector<QueuedJob>& jobs) {
  Networks networks = supply_.Provide(jobs.front().job);
  return std::make_unique<Batch>(
      jobs, std::move(networks), plan_, clock_,
      [this, light](const Job& first, int64_t cost, int64_t values) {
        const std::lock_guard lock(mutex_);
        auto latecomers = queue_.TakeMore(light, first, cost, values);
        TellLevelLocked();
        return latecomers;
      },
      [this] { return Interrupted(); });
}

// Runs a piece of the batch whose turn it is; false if there is none.
bool Scheduler::RunBatch() {
  if (light_ == nullptr && heavy_ == nullptr) return false;
  const bool light =
      light_ != nullptr && (heavy_ == nullptr || overtakes_ < kMaxOvertakes);
  overtakes_ = light && heavy_ != nullptr ? overtakes_ + 1 : 0;
  std::unique_ptr<Batch>& other = light ? heavy_ : light_;
  if (other != nullptr && !other->GiveWay(piece_[light].Upper())) Close(other);
  RunPieceOf(light, light ? light_ : heavy_);
  return true;
}

void Scheduler::RunPieceOf(bool light, std::unique_ptr<Batch>& batch) {
  const absl::Time start = clock_.Now();
  const int64_t done = batch->work_done();
  const bool goes_on = batch->RunPiece();
  const absl::Duration time = clock_.Now() - start;
  piece_[light].Observe(time);
  {
    const std::lock_guard lock(mutex_);
    pace_.Observe(batch->work_done() - done, time);
  }
  if (!goes_on) Close(batch);
}

void Scheduler::Close(std::unique_ptr<Batch>& batch) {
  KeepNetworksOf(*batch);
  CheckDeviceAfter(*batch);
  batch.reset();
}

void Scheduler::KeepNetworksOf(const Batch& batch) {
  const absl::Status status = GuardExceptions([&] {
    supply_.Return(batch.networks());
    return absl::OkStatus();
  });
  if (status.ok()) return;
  log_(absl::StrCat("could not keep weight sets: ", status.message()));
}

// A model that fails by itself leaves the device as it was.
void Scheduler::CheckDeviceAfter(const Batch& batch) const {
  if (!absl::IsInternal(batch.failure()) || !observers_.loss) return;
  const absl::Status status =
      GuardExceptions([&batch] { return batch.engine()->CheckDevice(); });
  if (absl::IsInternal(status)) observers_.loss(status);
}

void Scheduler::UpdateIdle() {
  const std::lock_guard lock(mutex_);
  busy_ = light_ != nullptr || heavy_ != nullptr;
  int64_t at_work = 0;
  for (const Batch* batch : {light_.get(), heavy_.get()}) {
    if (batch != nullptr) at_work += batch->work_left();
  }
  pace_.SetAtWork(at_work);
  if (!busy_ && queue_.jobs() == 0) became_idle_.notify_all();
}

void Scheduler::PutOffRest() {
  const absl::Time now = clock_.Now();
  if (rest_at_ == absl::InfiniteFuture()) rest_by_ = now + kRestEvery;
  rest_at_ = std::min(now + kRestAfter, rest_by_);
}

void Scheduler::RestIfDue() {
  if (clock_.Now() < rest_at_) return;
  rest_at_ = absl::InfiniteFuture();
  if (observers_.rest) observers_.rest();
}

bool Scheduler::DrawAhead() {
  if (cancel_all_) return false;
  bool drew = false;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_ASSIGN_OR_RETURN(drew, supply_.Refill([this] { return Interrupted(); }));
    return absl::OkStatus();
  });
  if (!status.ok() && !absl::IsUnavailable(status)) {
    log_(absl::StrCat("could not draw weight sets ahead: ", status.message()));
  }
  return drew;
}

absl::Status Scheduler::Interrupted() const {
  if (!cancel_all_) return absl::OkStatus();
  return absl::UnavailableError("the server is shutting down");
}

std::vector<JobQueue::Removed> Scheduler::RemoveDeadLocked() {
  const absl::Time now = clock_.Now();
  return queue_.Remove([&](const Job& job) {
    absl::Status why = Interrupted();
    return why.ok() ? Liveness(job, now) : why;
  });
}

void Scheduler::End(std::vector<JobQueue::Removed>& dead, absl::Time now) {
  for (JobQueue::Removed& each : dead) {
    const Job& job = each.queued.job;
    if (job.metrics != nullptr) {
      job.metrics->ObserveQueue(now - each.queued.since);
    }
    job.done(std::move(each.why));
  }
}

void Scheduler::TellLevelLocked() const {
  if (observers_.queue) observers_.queue(queue_.level());
}

}  // namespace hypergan::server
