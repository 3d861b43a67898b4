#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/registry.h"
#include "server/engine.h"
#include "server/serving/admission/limits.h"
#include "server/serving/clock.h"
#include "server/serving/metrics/store_metrics.h"
#include "server/serving/networks/networks.h"
#include "server/serving/networks/reservoir.h"
#include "server/serving/networks/sampling_options.h"
#include "server/serving/networks/seed_source.h"
#include "server/serving/networks/weight_cache.h"
#include "server/serving/networks/weight_pool.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// Says where the networks of each batch come from:
//   with a seed          the cache of seeded weight sets, or drawn
//   without, kFresh      the reservoir, or drawn
//   without, kPool       the pool; drawn for more networks than it is to hold,
//                        or while it fills or is renewed
// Whatever is drawn without a seed is of a new seed, which the answer tells.
// For one thread, the worker's.
class NetworkSupply {
 public:
  // Registers its metrics with `registry`, which must outlive it. Of the limits
  // it reads those of pieces.
  NetworkSupply(const SamplingOptions& options, const Limits& limits,
                const Clock& clock, prometheus::Registry& registry);

  // For a batch of such jobs. Draws nothing yet.
  Networks Provide(const Job& job);
  // Keeps of a batch's networks, once it has ended, what others may use.
  void Return(const Networks& networks);

  // From now on nothing of that engine is kept or drawn ahead, whoever still
  // asks it.
  void Forget(const std::shared_ptr<const Engine>& engine);

  // Draws one piece ahead. False if there is nothing to draw.
  absl::StatusOr<bool> Refill(const Interrupt& interrupt);
  // When Refill will have something to do, if nothing else happens.
  absl::Time NextRefill() const;

 private:
  Networks ProvideSeeded(const Job& job);
  Networks ProvideFresh(const Job& job);
  Networks ProvidePooled(const Job& job);
  Networks ProvideNew(const Job& job);
  bool IsForgotten(const std::shared_ptr<const Engine>& engine) const;

  const SamplingOptions options_;
  const int64_t max_piece_bytes_;
  const Clock& clock_;
  SeedSource seeds_;
  StoreMetrics cache_metrics_;
  StoreMetrics reservoir_metrics_;
  StoreMetrics pool_metrics_;
  WeightCache cache_;
  Reservoir reservoir_;
  WeightPool pool_;
  std::vector<std::weak_ptr<const Engine>> forgotten_;  // still in use
};

}  // namespace hypergan::server
