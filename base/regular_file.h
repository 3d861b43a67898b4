#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace hypergan {

// The bytes of the regular file at `path`; links are followed. Never waits, and
// never reads more than `max_bytes` and one. NOT_FOUND or PERMISSION_DENIED, as
// the system says; INVALID_ARGUMENT for a folder, a device, a pipe, and for a
// file of more bytes. Messages name the path.
absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t max_bytes);

}  // namespace hypergan
