#include "hypergan/target/target_network.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TargetNetwork Find(const std::string& name) {
  return FindTargetNetwork(name).value();
}

TEST(TargetNetworkTest, HasThePapersNumbersOfParameters) {
  EXPECT_EQ(NumParameters(Find("mnist")), 31594);
  EXPECT_EQ(NumParameters(Find("cifar")), 90506);
  EXPECT_EQ(NumParameters(Find("regression")), 601);
}

TEST(TargetNetworkTest, NamesThoseThereAreWhenAskedForAnother) {
  const auto target = FindTargetNetwork("resnet");
  EXPECT_EQ(target.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(target.status().message()),
              HasSubstr("regression, mnist, cifar"));
}

TEST(TargetNetworkTest, DerivesShapesThroughConvolutionAndPooling) {
  const auto shapes = LayerShapes(Find("mnist"));
  ASSERT_TRUE(shapes.ok());
  ASSERT_EQ(shapes->size(), 3u);
  EXPECT_THAT((*shapes)[1].weight, ElementsAre(32, 32, 5, 5));
  EXPECT_EQ((*shapes)[1].height, 8);
  EXPECT_THAT((*shapes)[2].weight, ElementsAre(10, 512));
}

TEST(TargetNetworkTest, SurvivesTheRoundTripThroughJson) {
  TargetNetwork target = Find("cifar");
  target.input_mean = {0.1, 0.2, 0.3};
  target.input_deviation = {1, 2, 3};
  const auto again = ParseTargetNetwork(TargetNetworkToJson(target));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(TargetNetworkToJson(*again), TargetNetworkToJson(target));
}

TEST(TargetNetworkTest, NamesTheLayerThatDoesNotFit) {
  TargetNetwork target = Find("mnist");
  target.layers[1].kernel = 13;
  EXPECT_THAT(std::string(LayerShapes(target).status().message()),
              HasSubstr("layer 1: kernel and pool leave nothing of 12x12"));
  target = Find("mnist");
  target.layers[0].outputs = 0;
  EXPECT_THAT(std::string(LayerShapes(target).status().message()),
              HasSubstr("layer 0: outputs"));
  target = Find("mnist");
  target.layers.pop_back();
  EXPECT_THAT(std::string(LayerShapes(target).status().message()),
              HasSubstr("last layer must be linear"));
}

TEST(TargetNetworkTest, RefusesWhatIsPastTheBounds) {
  TargetNetwork target = Find("regression");
  target.layers.resize(65, target.layers[0]);
  EXPECT_THAT(std::string(LayerShapes(target).status().message()),
              HasSubstr("1..64 layers"));
  target = Find("regression");
  target.layers[0].outputs = 1 << 20;
  target.layers.insert(target.layers.begin(), target.layers[0]);
  EXPECT_THAT(std::string(LayerShapes(target).status().message()),
              HasSubstr("weights"));
}

TEST(TargetNetworkTest, RefusesConstantsThatDoNotFit) {
  TargetNetwork target = Find("mnist");
  target.input_mean = {0, 0};
  target.input_deviation = {1, 1};
  EXPECT_FALSE(LayerShapes(target).ok());
  target.input_mean = {0};
  target.input_deviation = {0};
  EXPECT_THAT(std::string(LayerShapes(target).status().message()),
              HasSubstr("must be positive"));
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
