#include <iostream>

#include "absl/flags/flag.h"
#include "base/status_macros.h"
#include "client/cli/connect.h"
#include "client/cli/flags.h"
#include "client/cli/verbs/verbs.h"

namespace hypergan::client {
namespace {

// A container's health check has no time to wait for a server that hangs, and
// is asked again by whoever asks.
constexpr absl::Duration kHealthDeadline = absl::Seconds(3);
constexpr int kMaxAttempts = 1;

}  // namespace

absl::Status RunHealth(bool* serving) {
  *serving = false;
  HG_ASSIGN_OR_RETURN(const Client client,
                      ConnectByFlags(kHealthDeadline, kMaxAttempts));
  HG_ASSIGN_OR_RETURN(const Health health,
                      client.CheckHealth(absl::GetFlag(FLAGS_service)));
  *serving = health == Health::kServing;
  std::cout << HealthName(health) << "\n";
  return absl::OkStatus();
}

}  // namespace hypergan::client
