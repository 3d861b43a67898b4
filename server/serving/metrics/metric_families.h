#pragma once

#include <string_view>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/labels.h"
#include "prometheus/registry.h"

namespace hypergan::server {

// The family of a metric of the table (metric_table.h), registered once and
// found from then on.
prometheus::Family<prometheus::Counter>& CounterFamily(
    prometheus::Registry& registry, std::string_view name);
prometheus::Family<prometheus::Gauge>& GaugeFamily(
    prometheus::Registry& registry, std::string_view name);
prometheus::Family<prometheus::Histogram>& HistogramFamily(
    prometheus::Registry& registry, std::string_view name);

// One metric of the family, with the table's buckets.
prometheus::Histogram& AddHistogram(prometheus::Registry& registry,
                                    std::string_view name,
                                    const prometheus::Labels& labels);

}  // namespace hypergan::server
