#include "server/serving/networks/networks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace hypergan::server {
namespace {

Networks::Drawing DrawingOf(std::shared_ptr<const Engine> engine) {
  return [engine = std::move(engine)](const NetworkRange& range,
                                      const Interrupt& interrupt)
             -> absl::StatusOr<std::shared_ptr<const WeightSets>> {
    HG_ASSIGN_OR_RETURN(auto sets, engine->Draw({&range, 1}, interrupt));
    if (sets.size() != 1) {
      return absl::InternalError("the engine drew another number of ranges");
    }
    return std::move(sets.front());
  };
}

}  // namespace

int64_t MostInBytes(const Engine& engine, int64_t max_bytes) {
  return std::max<int64_t>(1, max_bytes / engine.network_bytes());
}

Networks::Networks(std::shared_ptr<const Engine> engine, Sampling sampling,
                   uint64_t seed, int64_t total, int64_t max_drawn_bytes,
                   std::vector<NetworkSlice> ready, Drawing drawing)
    : engine_(std::move(engine)),
      drawing_(drawing ? std::move(drawing) : DrawingOf(engine_)),
      sampling_(sampling),
      seed_(seed),
      total_(total),
      least_drawn_(
          std::min(kLeastDrawn, MostInBytes(*engine_, max_drawn_bytes))),
      ready_(ready.begin(), ready.end()),
      num_ready_(CountOf(ready)),
      num_known_(num_ready_) {}

Networks::Networks(std::vector<NetworkSlice> pooled)
    : sampling_(Sampling::kPool),
      total_(CountOf(pooled)),
      ready_(pooled.begin(), pooled.end()),
      num_ready_(total_),
      num_known_(num_ready_) {}

absl::Status Networks::Prepare(int64_t count, const Interrupt& interrupt) {
  if (num_ready_ >= count) return absl::OkStatus();
  return Draw(count - num_ready_, interrupt);
}

absl::StatusOr<std::vector<NetworkSlice>> Networks::Take(
    int64_t count, const Interrupt& interrupt) {
  HG_RETURN_IF_ERROR(Prepare(count, interrupt));
  num_ready_ -= count;
  std::vector<NetworkSlice> taken;
  while (count > 0) {
    NetworkSlice& next = ready_.front();
    const int64_t part = std::min(count, next.count);
    taken.push_back({next.sets, next.first, part});
    next.first += part;
    next.count -= part;
    count -= part;
    if (next.count == 0) ready_.pop_front();
  }
  Remember(taken);
  return taken;
}

// At least `missing` of them.
absl::Status Networks::Draw(int64_t missing, const Interrupt& interrupt) {
  const int64_t count =
      std::min(std::max(missing, least_drawn_), total_ - num_known_);
  if (count < missing) {
    return absl::InternalError(absl::StrCat("expected at most ", total_,
                                            " networks to be asked, got ",
                                            missing - count, " more"));
  }
  const NetworkRange range{*seed_, num_known_, count};
  HG_ASSIGN_OR_RETURN(const auto sets, drawing_(range, interrupt));
  if (sets->count() != count) {
    return absl::InternalError("the engine drew another number of networks");
  }
  ready_.push_back({sets, 0, count});
  num_ready_ += count;
  num_known_ += count;
  return absl::OkStatus();
}

void Networks::Remember(const std::vector<NetworkSlice>& taken) {
  if (keep_bytes_ == 0) return;
  kept_.insert(kept_.end(), taken.begin(), taken.end());
  if (BytesOf(kept_) <= keep_bytes_) return;
  kept_.clear();
  keep_bytes_ = 0;
}

int64_t BytesOf(const std::vector<NetworkSlice>& slices) {
  int64_t bytes = 0;
  const WeightSets* last = nullptr;
  for (const NetworkSlice& slice : slices) {
    if (slice.sets.get() != last) bytes += slice.sets->bytes();
    last = slice.sets.get();
  }
  return bytes;
}

int64_t CountOf(const std::vector<NetworkSlice>& slices) {
  int64_t count = 0;
  for (const NetworkSlice& slice : slices) count += slice.count;
  return count;
}

}  // namespace hypergan::server
