#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/options.h"

namespace hypergan::client {

// A channel to `target` (client/connection/target.h), not yet connected. With
// `health_checks` it asks only servers that say SERVING. INVALID_ARGUMENT for
// what is no target, for half of a certificate and key, and for a token that
// must not or cannot be sent; NOT_FOUND or PERMISSION_DENIED for a file that
// cannot be read.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(
    const std::string& target, const ClientOptions& options,
    bool health_checks = true);

// Gives a call its deadline and its token. The errors of ReadToken
// (client/connection/token.h).
absl::Status SetUp(grpc::ClientContext& context, const ClientOptions& options,
                   absl::Duration left);

// The deadline of a call that may take `left`: now for what is negative, a year
// for what takes longer, since gRPC's clock ends.
std::chrono::system_clock::time_point DeadlineIn(absl::Duration left);

}  // namespace hypergan::client
