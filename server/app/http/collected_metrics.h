#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "prometheus/client_metric.h"
#include "prometheus/metric_family.h"

namespace hypergan::server {

// The figures of a registry at one moment, by name and labels.
class CollectedMetrics {
 public:
  using Labels = std::map<std::string, std::string>;

  explicit CollectedMetrics(std::vector<prometheus::MetricFamily> families)
      : families_(std::move(families)) {}

  // Of the counter or gauge with these labels; 0 if there is none.
  double Value(std::string_view name, const Labels& labels = {}) const;
  // Null if there is none.
  const prometheus::ClientMetric::Histogram* Histogram(
      std::string_view name, const Labels& labels) const;
  // The values above 0 of those that have these labels and one more, `by` its
  // values.
  std::map<std::string, double> ValuesBy(std::string_view by,
                                         std::string_view name,
                                         const Labels& labels) const;
  // All of a name.
  std::vector<const prometheus::ClientMetric*> All(std::string_view name) const;

 private:
  const prometheus::ClientMetric* Find(std::string_view name,
                                       const Labels& labels) const;

  std::vector<prometheus::MetricFamily> families_;
};

// The value of a label; empty if there is none.
std::string LabelOf(const prometheus::ClientMetric& metric,
                    std::string_view name);

}  // namespace hypergan::server
