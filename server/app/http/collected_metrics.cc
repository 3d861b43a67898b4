#include "server/app/http/collected_metrics.h"

#include <algorithm>

namespace hypergan::server {
namespace {

bool HasLabels(const prometheus::ClientMetric& metric,
               const CollectedMetrics::Labels& labels) {
  return std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
    return std::any_of(metric.label.begin(), metric.label.end(),
                       [&](const prometheus::ClientMetric::Label& each) {
                         return each.name == label.first &&
                                each.value == label.second;
                       });
  });
}

// Of a counter or a gauge, whichever it is: the other is 0.
double ValueOf(const prometheus::ClientMetric& metric) {
  return metric.counter.value + metric.gauge.value;
}

}  // namespace

std::string LabelOf(const prometheus::ClientMetric& metric,
                    std::string_view name) {
  for (const auto& label : metric.label) {
    if (label.name == name) return label.value;
  }
  return "";
}

double CollectedMetrics::Value(std::string_view name,
                               const Labels& labels) const {
  const prometheus::ClientMetric* const found = Find(name, labels);
  return found == nullptr ? 0 : ValueOf(*found);
}

const prometheus::ClientMetric::Histogram* CollectedMetrics::Histogram(
    std::string_view name, const Labels& labels) const {
  const prometheus::ClientMetric* const found = Find(name, labels);
  return found == nullptr ? nullptr : &found->histogram;
}

std::map<std::string, double> CollectedMetrics::ValuesBy(
    std::string_view by, std::string_view name, const Labels& labels) const {
  std::map<std::string, double> values;
  for (const prometheus::ClientMetric* metric : All(name)) {
    if (!HasLabels(*metric, labels) || ValueOf(*metric) <= 0) continue;
    values[LabelOf(*metric, by)] = ValueOf(*metric);
  }
  return values;
}

std::vector<const prometheus::ClientMetric*> CollectedMetrics::All(
    std::string_view name) const {
  std::vector<const prometheus::ClientMetric*> metrics;
  for (const prometheus::MetricFamily& family : families_) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) metrics.push_back(&metric);
  }
  return metrics;
}

const prometheus::ClientMetric* CollectedMetrics::Find(
    std::string_view name, const Labels& labels) const {
  for (const prometheus::ClientMetric* metric : All(name)) {
    if (metric->label.size() == labels.size() && HasLabels(*metric, labels)) {
      return metric;
    }
  }
  return nullptr;
}

}  // namespace hypergan::server
