#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace hypergan::server {

// The status as a client sees it: the same code, the message cut to 1 KiB. What
// went wrong inside (INTERNAL, UNKNOWN and everything that is not an answer of
// the protocol's) becomes INTERNAL without the details, which belong in the
// log. Where there is no memory for the message, it has none.
grpc::Status ToGrpcStatus(const absl::Status& status) noexcept;

}  // namespace hypergan::server
