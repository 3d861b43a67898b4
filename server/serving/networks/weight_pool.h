#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <random>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine.h"
#include "server/serving/admission/limits.h"
#include "server/serving/metrics/store_metrics.h"
#include "server/serving/networks/networks.h"
#include "server/serving/networks/sampling_options.h"
#include "server/serving/networks/seed_source.h"

namespace hypergan::server {

// P weight sets of each model, of which every batch is given N, chosen anew
// without replacement. They lie in the blocks in which they were drawn and are
// given in whole blocks, of the last one a run, so that asking them copies
// nothing.
//
// They are renewed, the oldest block first, at the rate of P networks in
// pool_refresh: while there is nothing else to do, or else by giving a batch no
// networks from here and putting those that it draws in the oldest's place. One
// that was not asked for within kRecent rests.
// Bounded in networks a model, and in bytes over all models: the one that was
// not asked for the longest makes room. For one thread.
class WeightPool {
 public:
  static constexpr absl::Duration kRecent = absl::Minutes(1);

  // Of the limits it reads the bytes of a piece, which bound a block.
  WeightPool(const SamplingOptions& options, const Limits& limits,
             SeedSource& seeds, StoreMetrics& metrics);

  // `num_networks` different ones; empty if the pool has fewer, is not half
  // full yet, or is due for new ones: then the batch should draw its own and
  // Put them.
  std::vector<NetworkSlice> Take(const std::shared_ptr<const Engine>& engine,
                                 int64_t num_networks, absl::Time now);

  // Networks that are new. The oldest make room for them.
  void Put(const std::shared_ptr<const Engine>& engine,
           const std::vector<NetworkSlice>& networks, absl::Time now);

  // Draws a block if one is missing or due. False if there is nothing to do.
  // After an error, the engine's, it rests until the next Take.
  absl::StatusOr<bool> Refill(absl::Time now, const Interrupt& interrupt);

  // Keeps nothing of that engine any more; the others get its bytes.
  void Drop(const std::shared_ptr<const Engine>& engine);

  // When Refill will have something to do without another Take.
  absl::Time NextRefill(absl::Time now) const;

  // What a batch may put here at most.
  int64_t max_bytes() const { return max_bytes_; }
  int64_t networks() const;
  int64_t bytes() const;

 private:
  struct Pool {
    std::shared_ptr<const Engine> engine;
    std::deque<NetworkSlice> blocks;  // the oldest first
    int64_t networks = 0;
    // <= MostOf(engine), less if the bytes do not last beside other pools.
    int64_t capacity = 0;
    absl::Time next_renewal;
    absl::Time asked;
  };

  // The most networks of a pool that has all bytes to itself.
  int64_t MostOf(const Engine& engine) const;
  Pool& Remember(const std::shared_ptr<const Engine>& engine, absl::Time now);
  // When its next block should be drawn.
  static absl::Time DueAt(const Pool& pool);
  std::vector<NetworkSlice> Choose(const Pool& pool, int64_t count);
  void PutInto(Pool& pool, NetworkSlice block, absl::Time now);
  void DropOldest(Pool& pool);
  // Whose bytes the others may take.
  void DropLeastAskedFor();
  void TellLevel() const;

  const int64_t max_networks_;
  const int64_t max_bytes_;
  const int64_t max_block_bytes_;
  const absl::Duration refresh_;
  SeedSource& seeds_;
  StoreMetrics& metrics_;
  std::mt19937_64 choice_;
  std::list<Pool> pools_;  // the latest asked for first
  bool resting_ = false;
};

}  // namespace hypergan::server
