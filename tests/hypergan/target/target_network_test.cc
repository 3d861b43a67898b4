#include "hypergan/target/target_network.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

TargetNetwork Find(const std::string& name) {
  return FindTargetNetwork(name).value();
}

TEST(TargetNetworkTest, NamesThoseThereAreWhenAskedForAnother) {
  const auto target = FindTargetNetwork("resnet");
  EXPECT_EQ(target.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(target.status().message()),
              HasSubstr("regression, mnist, cifar"));
}

TEST(TargetNetworkTest, SurvivesTheRoundTripThroughJson) {
  TargetNetwork target = Find("cifar");
  target.input_mean = {0.1, 0.2, 0.3};
  target.input_deviation = {1, 2, 3};
  const auto again = ParseTargetNetwork(TargetNetworkToJson(target));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(TargetNetworkToJson(*again), TargetNetworkToJson(target));
}

TEST(TargetNetworkTest, RefusesFieldsThatItDoesNotKnowNamingThoseItDoes) {
  const auto message = [](const std::string& json) {
    return std::string(ParseTargetNetwork(json).status().message());
  };
  EXPECT_THAT(message(R"({"name": "a", "input_shape": [1], "layer": [],
                  "layers": [{"kind": "linear", "outputs": 1}]})"),
              HasSubstr("expected some of name, input_shape, layers"));
  EXPECT_THAT(message(R"({"name": "a", "input_shape": [1], "layers":
                  [{"kind": "linear", "outputs": 1, "stride": 2}]})"),
              HasSubstr("pool, activation, generator, got 'stride'"));
}

TEST(TargetNetworkTest, RefusesUnknownWordsInJson) {
  EXPECT_THAT(
      std::string(ParseTargetNetwork(R"({"name": "x", "input_shape": [1],
        "layers": [{"kind": "linear", "outputs": 1, "activation": "tanh"}]})")
                      .status()
                      .message()),
      HasSubstr("activation: unknown value 'tanh'"));
}

}  // namespace
}  // namespace hypergan
