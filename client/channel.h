#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/options.h"

namespace hypergan::client {

// A channel to `target` (client/target.h), not yet connected. INVALID_ARGUMENT
// for what is no target, or for half of a certificate and key, NOT_FOUND for a
// PEM file that cannot be read.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(
    const std::string& target, const ClientOptions& options);

// The deadline of a call that may take `left`: now for what is negative, a year
// for what takes longer, since gRPC's clock ends.
std::chrono::system_clock::time_point DeadlineIn(absl::Duration left);

}  // namespace hypergan::client
