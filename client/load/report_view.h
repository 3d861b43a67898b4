#pragma once

#include <string>

#include "client/cli/terminal/style.h"
#include "client/load/report.h"

namespace hypergan::load {

// The report for people, 80 columns wide: what was asked, throughput, errors,
// percentiles, and how the latencies spread on a logarithmic scale.
std::string RenderReport(const Report& report, client::Style style);

}  // namespace hypergan::load
