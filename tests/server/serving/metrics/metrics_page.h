#pragma once

#include <string>

namespace hypergan::server {

// The text of docs/metrics.md: the table of metrics for people.
std::string MetricsPage();

}  // namespace hypergan::server
