#include "server/serving/scheduler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hypergan/status_macros.h"
#include "server/serving/exception_guard.h"
#include "server/serving/metrics.h"

namespace hypergan::server {

Scheduler::Scheduler(const Limits& limits, const Clock& clock,
                     NetworkSupply& supply, const Log& log,
                     QueueObserver observer, LossObserver loss_observer)
    : limits_(limits),
      plan_(limits),
      clock_(clock),
      supply_(supply),
      log_(log),
      observer_(std::move(observer)),
      loss_observer_(std::move(loss_observer)),
      queue_(limits) {}

absl::Status Scheduler::Submit(Job job) {
  std::vector<DeadJob> dead;
  absl::Status status;
  const absl::Time now = clock_.Now();
  {
    const std::lock_guard lock(mutex_);
    if (!accepting_) {
      return absl::UnavailableError("the server is shutting down");
    }
    status = queue_.Push(std::move(job), now);
    if (!status.ok()) {
      // Those who no longer wait for an answer must not keep others out.
      dead = RemoveDeadLocked();
      // NOLINTNEXTLINE(bugprone-use-after-move): what was refused is still here
      if (!dead.empty()) status = queue_.Push(std::move(job), now);
    }
    ++changes_;
    TellLevelLocked();
  }
  changed_.notify_one();
  End(dead);
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
      std::min({queue_.StartOf(true), queue_.StartOf(false), refill});
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
  const bool worked = RunBatch();
  UpdateIdle();
  return worked || DrawAhead();
}

void Scheduler::DropTheDead() {
  std::vector<DeadJob> dead;
  {
    const std::lock_guard lock(mutex_);
    seen_ = changes_;
    dead = RemoveDeadLocked();
    busy_ = busy_ || !dead.empty();
    TellLevelLocked();
  }
  End(dead);
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
  std::unique_ptr<Batch>& batch = light ? light_ : heavy_;
  if (!batch->RunPiece()) {
    KeepNetworksOf(*batch);
    CheckDeviceAfter(*batch);
    batch.reset();
  }
  return true;
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
  if (!absl::IsInternal(batch.failure()) || !loss_observer_) return;
  const absl::Status status =
      GuardExceptions([&batch] { return batch.engine()->CheckDevice(); });
  if (absl::IsInternal(status)) loss_observer_(status);
}

void Scheduler::UpdateIdle() {
  const std::lock_guard lock(mutex_);
  busy_ = light_ != nullptr || heavy_ != nullptr;
  if (!busy_ && queue_.jobs() == 0) became_idle_.notify_all();
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

std::vector<Scheduler::DeadJob> Scheduler::RemoveDeadLocked() {
  const absl::Time now = clock_.Now();
  std::vector<absl::Status> reasons;
  auto removed = queue_.Remove([&](const Job& job) {
    absl::Status why = Interrupted();
    if (why.ok()) why = Liveness(job, now);
    if (!why.ok()) reasons.push_back(why);
    return !why.ok();
  });
  std::vector<DeadJob> dead;
  for (size_t i = 0; i < removed.size(); ++i) {
    dead.push_back({std::move(removed[i].job), now - removed[i].since,
                    std::move(reasons[i])});
  }
  return dead;
}

void Scheduler::End(std::vector<DeadJob>& dead) {
  for (DeadJob& each : dead) {
    ModelMetrics* metrics = each.job.metrics;
    if (metrics != nullptr) metrics->ObserveQueue(each.queued);
    each.job.done(std::move(each.why));
  }
}

void Scheduler::TellLevelLocked() const {
  observer_({queue_.jobs(), queue_.bytes(), queue_.row_networks()});
}

}  // namespace hypergan::server
