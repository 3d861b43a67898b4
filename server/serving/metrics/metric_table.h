#pragma once

#include <string_view>

#include "absl/types/span.h"

namespace hypergan::server {

enum class MetricType { kCounter, kGauge, kHistogram };

// What one metric is: the one place that says so. docs/metrics.md is written
// from this table.
struct MetricSpec {
  std::string_view name;
  MetricType type;
  std::string_view unit;
  std::string_view labels;                // "model, version", or empty
  std::string_view help;                  // a sentence
  absl::Span<const double> buckets = {};  // upper bounds, of a histogram
};

// Every metric of the server, in the order of the page.
absl::Span<const MetricSpec> MetricTable();

// The metric of that name and type. Aborts where the table has none: a name
// that nobody documented is a fault of the program.
const MetricSpec& SpecOf(std::string_view name, MetricType type);

// "counter", "gauge" or "histogram".
std::string_view TypeName(MetricType type);

}  // namespace hypergan::server
