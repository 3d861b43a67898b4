#include "client/connection/service_config.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace hypergan::client {
namespace {

// gRPC refuses a retry policy with fewer, and reads more as 5.
constexpr int kLeastAttempts = 2;
constexpr int kMostAttempts = 5;

// gRPC varies a pause by a fifth, in whole milliseconds. 1.83 never asks again
// after a pause of none.
constexpr absl::Duration kLeastPause = absl::Milliseconds(2);

// In seconds, as "0.100s".
std::string Pause(absl::Duration pause) {
  return absl::StrFormat("%.3fs", absl::ToDoubleSeconds(std::clamp(
                                      pause, kLeastPause, absl::Hours(24))));
}

// CANCELLED is what gRPC makes of a call that crosses with the end of its
// connection; gRPC does not repeat what the caller has cancelled.
std::string MethodConfig(const RetryPolicy& retry) {
  if (retry.max_attempts < kLeastAttempts) return "";
  return absl::StrFormat(
      R"("methodConfig": [{"name": [{}], "retryPolicy": {)"
      R"("maxAttempts": %d, "initialBackoff": "%s", "maxBackoff": "%s", )"
      R"("backoffMultiplier": 2, )"
      R"("retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}], )"
      // A server that fails most calls is not asked several times for each.
      R"("retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}, )",
      std::min(retry.max_attempts, kMostAttempts), Pause(retry.initial_backoff),
      Pause(retry.max_backoff));
}

}  // namespace

std::string ServiceConfig(const RetryPolicy& retry, bool health_checks) {
  return absl::StrCat(
      "{", MethodConfig(retry),
      health_checks ? R"("healthCheckConfig": )"
                      R"({"serviceName": "hypergan.v1.EnsembleService"}, )"
                    : "",
      R"("loadBalancingConfig": [{"round_robin": {}}]})");
}

}  // namespace hypergan::client
