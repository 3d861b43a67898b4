#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace hypergan::server {

// Every bound of the server; each is a flag of the same name. The table is
// limits.inc.
struct Limits {
#define HG_LIMIT(type, name, value, ...) type name = value;
#include "server/serving/admission/limits.inc"
#undef HG_LIMIT
};

// One of them, as people read it.
struct LimitEntry {
  absl::string_view name;
  std::string value;   // the default: 10,000; 16 MiB; 1m; 0.75
  std::string bounds;  // of what a flag may say: 1 to 1,000,000,000
  absl::string_view help;
  absl::string_view beyond;  // Markdown
};

// In the order of the table.
absl::Span<const LimitEntry> LimitTable();

// INVALID_ARGUMENT, naming the flag, for each limit out of its bounds.
std::vector<absl::Status> CheckLimits(const Limits& limits);

}  // namespace hypergan::server
