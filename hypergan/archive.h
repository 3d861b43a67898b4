#pragma once

#include <string>

#include "absl/status/status.h"

namespace hypergan {

// Reads the whole zip archive at `path` and compares every entry with its
// checksum. LibTorch's own reader skips the checksums, and a damaged archive
// can crash it, so nothing is given to it that has not passed here. NOT_FOUND
// for a missing file, INVALID_ARGUMENT for what is not a regular file or is
// past the bounds (4 GiB, 100,000 entries), DATA_LOSS for a truncated or
// altered archive.
absl::Status VerifyArchive(const std::string& path);

}  // namespace hypergan
