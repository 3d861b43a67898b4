#include "server/serving/metrics/store_metrics.h"

#include "absl/strings/str_cat.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"

namespace hypergan::server {
namespace {

prometheus::Counter& AddCounter(prometheus::Registry& registry,
                                const std::string& name,
                                const std::string& help) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add({});
}

prometheus::Gauge& AddGauge(prometheus::Registry& registry,
                            const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(
      {});
}

}  // namespace

StoreMetrics::StoreMetrics(prometheus::Registry& registry,
                           const std::string& name, const std::string& what)
    : hits_(AddCounter(
          registry, absl::StrCat("hypergan_", name, "_hits_total"),
          absl::StrCat("Batches whose networks came from ", what, "."))),
      misses_(AddCounter(
          registry, absl::StrCat("hypergan_", name, "_misses_total"),
          absl::StrCat("Batches that found no networks in ", what, "."))),
      filled_(AddCounter(registry,
                         absl::StrCat("hypergan_", name, "_filled_total"),
                         absl::StrCat("Networks put into ", what, "."))),
      networks_(AddGauge(registry, absl::StrCat("hypergan_", name, "_networks"),
                         absl::StrCat("Networks in ", what, "."))),
      bytes_(AddGauge(registry, absl::StrCat("hypergan_", name, "_bytes"),
                      absl::StrCat("Bytes of the networks in ", what, "."))) {}

void StoreMetrics::CountHit() { hits_.Increment(); }

void StoreMetrics::CountMiss() { misses_.Increment(); }

void StoreMetrics::CountFilled(int64_t networks) {
  filled_.Increment(static_cast<double>(networks));
}

void StoreMetrics::SetLevel(int64_t networks, int64_t bytes) {
  networks_.Set(static_cast<double>(networks));
  bytes_.Set(static_cast<double>(bytes));
}

}  // namespace hypergan::server
