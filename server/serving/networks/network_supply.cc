#include "server/serving/networks/network_supply.h"

#include <utility>

namespace hypergan::server {

NetworkSupply::NetworkSupply(const SamplingOptions& options,
                             const Limits& limits, const Clock& clock,
                             prometheus::Registry& registry)
    : options_(options),
      max_piece_bytes_(limits.max_piece_bytes),
      clock_(clock),
      cache_metrics_(registry, "weight_cache"),
      reservoir_metrics_(registry, "reservoir"),
      pool_metrics_(registry, "pool"),
      cache_(options.weight_cache_bytes, cache_metrics_),
      reservoir_(options, limits, seeds_, reservoir_metrics_),
      pool_(options, limits, seeds_, pool_metrics_) {}

Networks NetworkSupply::Provide(const Job& job) {
  if (job.seed) return ProvideSeeded(job);
  if (options_.mode == SamplingMode::kFresh) return ProvideFresh(job);
  return ProvidePooled(job);
}

Networks NetworkSupply::ProvideSeeded(const Job& job) {
  const int64_t count = job.most_networks();
  auto cached = cache_.Find(job.engine, *job.seed, count);
  const bool missed = cached.empty();
  Networks networks(job.engine, Sampling::kSeeded, *job.seed, count,
                    max_piece_bytes_, std::move(cached));
  if (missed) networks.Keep(cache_.max_entry_bytes());
  return networks;
}

Networks NetworkSupply::ProvideFresh(const Job& job) {
  // How many networks a target needs is not known; it begins with the least.
  auto ensemble = reservoir_.Take(job.engine, job.num_networks, clock_.Now());
  if (!ensemble) {
    return Networks(job.engine, Sampling::kFresh, seeds_.Next(),
                    job.most_networks(), max_piece_bytes_, {},
                    [this, engine = job.engine](const NetworkRange& range,
                                                const Interrupt& interrupt) {
                      return reservoir_.DrawAlong(engine, range, interrupt);
                    });
  }
  const int64_t ready = ensemble->networks->count();
  return Networks(job.engine, Sampling::kFresh, ensemble->seed,
                  job.most_networks(), max_piece_bytes_,
                  {{std::move(ensemble->networks), 0, ready}});
}

Networks NetworkSupply::ProvidePooled(const Job& job) {
  const int64_t count = job.most_networks();
  if (count > options_.pool_networks) return ProvideNew(job);
  auto pooled = pool_.Take(job.engine, count, clock_.Now());
  if (!pooled.empty()) return Networks(std::move(pooled));
  Networks networks = ProvideNew(job);
  networks.Keep(pool_.max_bytes());
  return networks;
}

Networks NetworkSupply::ProvideNew(const Job& job) {
  return Networks(job.engine, Sampling::kFresh, seeds_.Next(),
                  job.most_networks(), max_piece_bytes_, {});
}

void NetworkSupply::Return(const Networks& networks) {
  if (networks.kept().empty()) return;
  if (networks.sampling() == Sampling::kFresh) {
    pool_.Put(networks.engine(), networks.kept(), clock_.Now());
  } else if (CountOf(networks.kept()) == networks.total()) {
    cache_.Insert(networks.engine(), *networks.seed(), networks.kept());
  }
}

absl::StatusOr<bool> NetworkSupply::Refill(const Interrupt& interrupt) {
  return options_.mode == SamplingMode::kFresh
             ? reservoir_.Refill(clock_.Now(), interrupt)
             : pool_.Refill(clock_.Now(), interrupt);
}

absl::Time NetworkSupply::NextRefill() const {
  // The reservoir is filled at once, and then waits for a request.
  return options_.mode == SamplingMode::kFresh ? absl::InfiniteFuture()
                                               : pool_.NextRefill(clock_.Now());
}

}  // namespace hypergan::server
