#pragma once

#include <string>

#include "absl/time/time.h"
#include "server/engine.h"
#include "server/serving/metrics/metrics.h"

namespace hypergan::server {

// What is told of a version whose file has that digest (SHA-256 in hex, or
// empty) and took so long to load and to warm up.
ModelFacts FactsOf(const Engine& engine, const std::string& digest,
                   absl::Duration load_time);

}  // namespace hypergan::server
