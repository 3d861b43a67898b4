#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/options.h"

namespace hypergan::client {

// The token of the next call: the one of the options, or what their file holds
// now. Empty if there is none. INVALID_ARGUMENT for both, and for what cannot
// be sent: only visible ASCII characters can, 8,192 at most. Errors of a
// file: base/regular_file.h.
absl::StatusOr<std::string> ReadToken(const ClientOptions& options);

// May a token be sent to `target`? INVALID_ARGUMENT if it would travel in plain
// text to another machine.
absl::Status CheckTokenIsSafe(const std::string& target,
                              const ClientOptions& options);

}  // namespace hypergan::client
