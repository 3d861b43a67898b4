#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/options.h"

namespace hypergan::client {

// A channel to `target` (host:port, or any name that gRPC resolves), not yet
// connected. INVALID_ARGUMENT for an empty target or half of a certificate and
// key, NOT_FOUND for a PEM file that cannot be read.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(
    const std::string& target, const ClientOptions& options);

// The deadline of a call that may take `left`: now for what is negative, a year
// for what takes longer, since gRPC's clock ends.
std::chrono::system_clock::time_point DeadlineIn(absl::Duration left);

}  // namespace hypergan::client
