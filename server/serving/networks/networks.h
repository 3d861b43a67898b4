#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "server/engine.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// Fewer networks are not worth reading the generators' parameters for: the
// products are bound by memory until about here.
constexpr int64_t kLeastDrawn = 32;

// As many of these networks as `max_bytes` hold, but at least one.
int64_t MostInBytes(const Engine& engine, int64_t max_bytes);

// The networks of one batch in their order: those that are there already, then,
// drawn when they are asked for, those that follow in the seed's order. For one
// thread.
class Networks {
 public:
  // How a range of a seed's networks is drawn, with the errors of Engine::Draw.
  using Drawing =
      std::function<absl::StatusOr<std::shared_ptr<const WeightSets>>(
          const NetworkRange& range, const Interrupt& interrupt)>;

  // The first `total` of `seed`, of which `ready` holds the first ones. No more
  // than `max_drawn_bytes` are drawn at once, unless more are asked for at
  // once. Without a `drawing` the engine draws each range by itself.
  Networks(std::shared_ptr<const Engine> engine, Sampling sampling,
           uint64_t seed, int64_t total, int64_t max_drawn_bytes,
           std::vector<NetworkSlice> ready, Drawing drawing = nullptr);
  // Those of a pool, whole; no seed gives them again and none can be drawn.
  explicit Networks(std::vector<NetworkSlice> pooled);

  // Draws what the next `count` lack, as Take does.
  absl::Status Prepare(int64_t count, const Interrupt& interrupt);

  // The next `count`, as long as the total lasts. The errors of Engine::Draw;
  // no network is lost then.
  absl::StatusOr<std::vector<NetworkSlice>> Take(int64_t count,
                                                 const Interrupt& interrupt);

  // From now on remember what Take returns, as long as that is no more than
  // `max_bytes`.
  void Keep(int64_t max_bytes) { keep_bytes_ = max_bytes; }
  // All that was taken since, or nothing if it became too much.
  const std::vector<NetworkSlice>& kept() const { return kept_; }

  const std::shared_ptr<const Engine>& engine() const { return engine_; }
  int64_t total() const { return total_; }
  Sampling sampling() const { return sampling_; }
  std::optional<uint64_t> seed() const { return seed_; }

 private:
  absl::Status Draw(int64_t missing, const Interrupt& interrupt);
  void Remember(const std::vector<NetworkSlice>& taken);

  std::shared_ptr<const Engine> engine_;  // null for a pool
  Drawing drawing_;                       // the same
  const Sampling sampling_;
  const std::optional<uint64_t> seed_;
  const int64_t total_;
  const int64_t least_drawn_ = 0;  // if so many are left
  std::deque<NetworkSlice> ready_;
  int64_t num_ready_ = 0;
  int64_t num_known_ = 0;  // of the seed: taken and ready
  int64_t keep_bytes_ = 0;
  std::vector<NetworkSlice> kept_;
};

// Of all weight sets that the slices hold, whether or not a slice shows them.
int64_t BytesOf(const std::vector<NetworkSlice>& slices);
// Of the networks in the slices.
int64_t CountOf(const std::vector<NetworkSlice>& slices);

}  // namespace hypergan::server
