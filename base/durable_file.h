#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// Replaces the file at `path` by `contents`, or leaves it as it was: writes
// beside it under a temporary name, PATH.<process>.tmp, forces the bytes to the
// disk, then renames. Creates missing folders. On failure (a full disk, say)
// the temporary file is removed, and the error names the path and the system's
// reason. RemoveAbandoned(path) comes first. A link stays a link: the file
// behind it is replaced. A device or a pipe, as /dev/stdout, is written to and
// stays.
absl::Status WriteDurably(const std::string& path, absl::string_view contents);

// Removes what killed processes left under temporary names of the file at
// `path`. One that is being written is locked, and stays.
void RemoveAbandoned(const std::string& path);

// Creates the folder and those above it that are missing, and forces their
// names to the disk.
absl::Status CreateFolderDurably(const std::string& path);

}  // namespace hypergan
