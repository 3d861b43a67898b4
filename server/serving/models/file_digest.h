#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace hypergan::server {

// The SHA-256 of a file's bytes, in lower-case hex, as sha256sum prints it.
absl::StatusOr<std::string> FileDigest(const std::string& path);

}  // namespace hypergan::server
