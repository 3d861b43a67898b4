#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan::server {

// Which of a model's versions are served.
struct VersionPolicy {
  int64_t last = 0;            // the greatest ones; 0: all
  std::vector<int64_t> named;  // these alone, ascending; empty: by `last`

  // Those of `versions`, ascending, that it chooses.
  std::vector<int64_t> Choose(const std::vector<int64_t>& versions) const;
};

// "all", "greatest", "last:K", or versions such as "1,3": at most 1,000.
// INVALID_ARGUMENT for anything else.
absl::StatusOr<VersionPolicy> ParseVersionPolicy(absl::string_view text);

}  // namespace hypergan::server
