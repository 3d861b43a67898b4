#include "server/serving/metrics/metric_families.h"

#include <string>
#include <vector>

#include "server/serving/metrics/metric_table.h"

namespace hypergan::server {
namespace {

template <typename Builder>
auto& RegisterFamily(Builder builder, const MetricSpec& spec,
                     prometheus::Registry& registry) {
  return builder.Name(std::string(spec.name))
      .Help(std::string(spec.help))
      .Register(registry);
}

}  // namespace

prometheus::Family<prometheus::Counter>& CounterFamily(
    prometheus::Registry& registry, std::string_view name) {
  return RegisterFamily(prometheus::BuildCounter(),
                        SpecOf(name, MetricType::kCounter), registry);
}

prometheus::Family<prometheus::Gauge>& GaugeFamily(
    prometheus::Registry& registry, std::string_view name) {
  return RegisterFamily(prometheus::BuildGauge(),
                        SpecOf(name, MetricType::kGauge), registry);
}

prometheus::Family<prometheus::Histogram>& HistogramFamily(
    prometheus::Registry& registry, std::string_view name) {
  return RegisterFamily(prometheus::BuildHistogram(),
                        SpecOf(name, MetricType::kHistogram), registry);
}

prometheus::Histogram& AddHistogram(prometheus::Registry& registry,
                                    std::string_view name,
                                    const prometheus::Labels& labels) {
  const auto buckets = SpecOf(name, MetricType::kHistogram).buckets;
  return HistogramFamily(registry, name)
      .Add(labels, std::vector<double>(buckets.begin(), buckets.end()));
}

}  // namespace hypergan::server
