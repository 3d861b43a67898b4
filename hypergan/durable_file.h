#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// Replaces the file at `path` by `contents`, or leaves it as it was: writes
// beside it under a temporary name, forces the bytes to the disk, then renames.
// Creates missing folders. On failure (a full disk, say) the temporary file is
// removed and the error names the path and the system's reason.
absl::Status WriteDurably(const std::string& path, absl::string_view contents);

}  // namespace hypergan
