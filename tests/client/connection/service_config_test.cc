#include "client/connection/service_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hypergan::client {
namespace {

using nlohmann::json;

TEST(ServiceConfigTest, SpreadsCallsOverTheServersThatServe) {
  const json config = json::parse(ServiceConfig({}, true));
  EXPECT_EQ(config["loadBalancingConfig"],
            json::parse(R"([{"round_robin": {}}])"));
  EXPECT_EQ(config["healthCheckConfig"]["serviceName"],
            "hypergan.v1.EnsembleService");
  EXPECT_FALSE(
      json::parse(ServiceConfig({}, false)).contains("healthCheckConfig"));
}

TEST(ServiceConfigTest, RepeatsCallsAsThePolicySays) {
  const json config = json::parse(ServiceConfig(
      {.max_attempts = 3, .initial_backoff = absl::Milliseconds(250)}, true));
  EXPECT_EQ(config["methodConfig"][0]["retryPolicy"], json::parse(R"({
    "maxAttempts": 3, "initialBackoff": "0.250s", "maxBackoff": "5.000s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]})"));
  EXPECT_FALSE(json::parse(ServiceConfig({.max_attempts = 1}, true))
                   .contains("methodConfig"));
}

// gRPC takes no channel with another policy.
TEST(ServiceConfigTest, StaysWithinWhatGrpcTakes) {
  const json policy =
      json::parse(ServiceConfig({.max_attempts = 100,
                                 .initial_backoff = absl::ZeroDuration(),
                                 .max_backoff = absl::InfiniteDuration()},
                                true))["methodConfig"][0]["retryPolicy"];
  EXPECT_EQ(policy["maxAttempts"], 5);
  EXPECT_EQ(policy["initialBackoff"], "0.002s");
  EXPECT_EQ(policy["maxBackoff"], "86400.000s");
}

}  // namespace
}  // namespace hypergan::client
