#include "server/serving/metrics/store_metrics.h"

#include "absl/strings/str_cat.h"
#include "server/serving/metrics/metric_families.h"

namespace hypergan::server {
namespace {

prometheus::Counter& StoreCounter(prometheus::Registry& registry,
                                  const std::string& store, const char* what) {
  return CounterFamily(registry, absl::StrCat("hypergan_", store, what))
      .Add({});
}

prometheus::Gauge& StoreGauge(prometheus::Registry& registry,
                              const std::string& store, const char* what) {
  return GaugeFamily(registry, absl::StrCat("hypergan_", store, what)).Add({});
}

}  // namespace

StoreMetrics::StoreMetrics(prometheus::Registry& registry,
                           const std::string& name)
    : hits_(StoreCounter(registry, name, "_hits_total")),
      misses_(StoreCounter(registry, name, "_misses_total")),
      filled_(StoreCounter(registry, name, "_filled_total")),
      networks_(StoreGauge(registry, name, "_networks")),
      bytes_(StoreGauge(registry, name, "_bytes")) {}

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
