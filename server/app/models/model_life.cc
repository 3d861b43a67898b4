#include "server/app/models/model_life.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "server/app/free_memory.h"
#include "server/app/models/model_files.h"
#include "server/app/models/open_model.h"
#include "server/serving/models/snapshot.h"
#include "server/serving/models/warm_up.h"

namespace hypergan::server {
namespace {

// How often versions on their way out are looked after.
constexpr absl::Duration kReleaseEvery = absl::Seconds(1);
constexpr absl::Duration kFullQueuePause = absl::Milliseconds(50);

}  // namespace

ModelLife::ModelLife(const Options& options, Scheduler& scheduler,
                     CurrentModels& models, Metrics& metrics, const Log& log)
    : options_(options),
      scheduler_(scheduler),
      log_(log),
      keeper_(Parts(), models, metrics, log) {}

ModelLife::~ModelLife() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<int64_t> ModelLife::Start(const EngineLoader& loader,
                                         const Interrupt& interrupt) {
  loader_ = &loader;
  HG_ASSIGN_OR_RETURN(
      const int64_t versions,
      keeper_.Start(options_.models.allow_partial_start, interrupt));
  ReturnFreeMemory();  // what loading and packing needed for a moment
  thread_ = std::thread([this] { Run(); });
  return versions;
}

void ModelLife::LookNow() {
  {
    const std::lock_guard lock(mutex_);
    demanded_ = true;
  }
  changed_.notify_one();
}

void ModelLife::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
}

ModelKeeper::Parts ModelLife::Parts() {
  return {.find = [this] { return Find(); },
          .mark = FileMark,
          .load =
              [this](const ModelFile& file, const Interrupt& interrupt) {
                return OpenModel(file, *loader_, options_.models, interrupt);
              },
          .warm_up =
              [this](const std::shared_ptr<const Engine>& engine,
                     const Interrupt& interrupt) {
                return WarmUpAsJob(engine, scheduler_, options_.limits,
                                   interrupt, kFullQueuePause);
              },
          .forget =
              [this](const std::shared_ptr<const Engine>& engine) {
                scheduler_.Forget(engine);
              },
          .released = [this] { scheduler_.PlanRest(); }};
}

// What a look says that the one before said as well is not said again.
absl::StatusOr<std::vector<ModelFile>> ModelLife::Find() {
  std::vector<std::string> lines;
  auto files = FindModelFiles(
      options_, [&lines](std::string_view line) { lines.emplace_back(line); });
  for (const std::string& line : lines) {
    if (std::find(last_lines_.begin(), last_lines_.end(), line) ==
        last_lines_.end()) {
      log_(line);
    }
  }
  last_lines_ = std::move(lines);
  return files;
}

void ModelLife::Run() {
  const Interrupt interrupt = [this] {
    return stopping_ ? absl::CancelledError("the server is shutting down")
                     : absl::OkStatus();
  };
  const bool polls = options_.models.poll;
  absl::Time next_look = absl::Now() + options_.models.poll_interval;
  bool is_releasing = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    absl::Duration wait = is_releasing ? kReleaseEvery : absl::Hours(1);
    if (polls) wait = std::min(wait, next_look - absl::Now());
    changed_.wait_for(
        lock, absl::ToChronoMilliseconds(std::max(wait, absl::ZeroDuration())),
        [this] { return stopping_ || demanded_; });
    if (stopping_) return;
    const bool demanded = std::exchange(demanded_, false);
    lock.unlock();
    if (demanded || (polls && absl::Now() >= next_look)) {
      keeper_.Look(demanded, interrupt);
      next_look = absl::Now() + options_.models.poll_interval;
    }
    is_releasing = keeper_.Release();
    lock.lock();
  }
}

}  // namespace hypergan::server
