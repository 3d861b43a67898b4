#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hypergan::server {

// "unix:PATH": a socket in the file system, for programs of this machine.
bool IsSocketPath(std::string_view address);

// INVALID_ARGUMENT for a PATH that is not absolute, or longer than a socket's
// may be.
absl::Status CheckSocketPath(std::string_view address);

// UNAVAILABLE if something listens there, or what is there is no socket; then
// it must not be replaced. Otherwise there is nothing, or a socket that a
// program left behind.
absl::Status CheckSocketIsFree(std::string_view address);

// Why no socket can be made there, which gRPC does not say.
absl::Status CannotBind(std::string_view address);

}  // namespace hypergan::server
