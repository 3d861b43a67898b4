#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// SHA-256 of the bytes, as 64 digits of lower-case hexadecimal.
std::string Sha256(absl::string_view bytes);

// Where the digest of the file at `path` lies: PATH.sha256.
std::string DigestPath(const std::string& path);

// The line that sha256sum writes for a file, and checks: "DIGEST  NAME".
std::string DigestLine(absl::string_view digest, const std::string& path);

// The digest of such a line of the file at `path`, in lower case.
// INVALID_ARGUMENT for any other text, and for a line of another file.
absl::StatusOr<std::string> ParseDigestLine(absl::string_view text,
                                            const std::string& path);

}  // namespace hypergan
