#include "hypergan/target/operations.h"

#include <string>
#include <utility>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TargetNetwork Find(const std::string& name) {
  return FindTargetNetwork(name).value();
}

TEST(OperationsTest, HasThePapersNumbersOfParameters) {
  EXPECT_EQ(NumParameters(Find("mnist")), 31594);
  EXPECT_EQ(NumParameters(Find("cifar")), 90506);
  EXPECT_EQ(NumParameters(Find("regression")), 601);
}

TEST(OperationsTest, AreALayersOperationsOneAfterTheOther) {
  const Operations operations = OperationsOf(Find("mnist")).value();
  const auto& steps = operations.steps;
  ASSERT_EQ(steps.size(), 8u);
  for (size_t layer : {0, 1}) {
    const auto& convolve = std::get<Convolve>(steps[3 * layer]);
    EXPECT_EQ(convolve.slot, layer);
    EXPECT_EQ(std::get<MaxPool>(steps[3 * layer + 1]).size, 2);
    EXPECT_EQ(std::get<Activate>(steps[3 * layer + 2]).activation,
              Activation::kLeakyRelu);
  }
  EXPECT_EQ(std::get<Convolve>(steps[3]).input.height, 12);
  EXPECT_EQ(std::get<Convolve>(steps[3]).output.height, 8);
  EXPECT_EQ(std::get<MaxPool>(steps[4]).output.height, 4);
  EXPECT_EQ(std::get<Flatten>(steps[6]).order, FeatureOrder::kChannelsLast);
  EXPECT_EQ(std::get<Multiply>(steps[7]).slot, 2u);
}

TEST(OperationsTest, ReadSlotsOfTheShapesThatFollow) {
  const Operations operations = OperationsOf(Find("mnist")).value();
  ASSERT_EQ(operations.slots.size(), 3u);
  const ParameterSlot& convolution = operations.slots[1];
  EXPECT_THAT(convolution.weight, ElementsAre(32, 32, 5, 5));
  EXPECT_EQ(convolution.fan_in, 800);
  EXPECT_EQ(convolution.gain, 2);
  EXPECT_EQ(convolution.WeightTensor(), 2u);
  EXPECT_EQ(convolution.BiasTensor(), 3u);
  EXPECT_THAT(operations.slots[2].weight, ElementsAre(10, 512));
  EXPECT_EQ(operations.slots[2].gain, 1);
}

TEST(OperationsTest, PadAndDropWhatPoolingLeavesOver) {
  TargetNetwork target = Find("cifar");
  target.layers[0].padding = 2;
  target.layers[0].pool = 3;
  const auto steps = OperationsOf(target)->steps;
  EXPECT_EQ(std::get<Convolve>(steps[0]).output.width, 34);
  EXPECT_EQ(std::get<MaxPool>(steps[1]).output.width, 11);
}

TEST(OperationsTest, ALinearLayerOnImagesReadsThemInTheirOwnOrder) {
  TargetNetwork target = Find("mnist");
  target.layers.erase(target.layers.begin(), target.layers.begin() + 2);
  const Operations operations = OperationsOf(target).value();
  EXPECT_EQ(std::get<Flatten>(operations.steps[0]).order,
            FeatureOrder::kChannelsFirst);
  EXPECT_THAT(operations.slots[0].weight, ElementsAre(10, 784));
}

TEST(OperationsTest, FeaturesNeedNoFlattening) {
  const auto steps = OperationsOf(Find("regression"))->steps;
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<Multiply>(steps[0]));
  EXPECT_TRUE(std::holds_alternative<Activate>(steps[1]));
  EXPECT_TRUE(std::holds_alternative<Multiply>(steps[2]));
}

TEST(OperationsTest, RefuseAConvolutionAfterALinearLayer) {
  TargetNetwork target = Find("mnist");
  std::swap(target.layers[1], target.layers[2]);
  target.layers.push_back({.outputs = 10});
  EXPECT_THAT(std::string(CheckTargetNetwork(target).message()),
              HasSubstr("layer 2: conv2d needs"));
}

TEST(OperationsTest, NamesTheLayerThatDoesNotFit) {
  TargetNetwork target = Find("mnist");
  target.layers[1].kernel = 13;
  EXPECT_THAT(std::string(CheckTargetNetwork(target).message()),
              HasSubstr("layer 1: kernel and pool leave nothing of 12x12"));
  target = Find("mnist");
  target.layers[0].outputs = 0;
  EXPECT_THAT(std::string(CheckTargetNetwork(target).message()),
              HasSubstr("layer 0: outputs"));
  target = Find("mnist");
  target.layers.pop_back();
  EXPECT_THAT(std::string(CheckTargetNetwork(target).message()),
              HasSubstr("last layer must be linear"));
}

TEST(OperationsTest, RefusesWhatIsPastTheBounds) {
  TargetNetwork target = Find("regression");
  target.layers.resize(65, target.layers[0]);
  EXPECT_THAT(std::string(CheckTargetNetwork(target).message()),
              HasSubstr("1..64 layers"));
  target = Find("regression");
  target.layers[0].outputs = 1 << 20;
  target.layers.insert(target.layers.begin(), target.layers[0]);
  EXPECT_THAT(std::string(CheckTargetNetwork(target).message()),
              HasSubstr("weights"));
}

TEST(OperationsTest, RefusesConstantsThatDoNotFit) {
  TargetNetwork target = Find("mnist");
  target.input_mean = {0, 0};
  target.input_deviation = {1, 1};
  EXPECT_FALSE(CheckTargetNetwork(target).ok());
  target.input_mean = {0};
  target.input_deviation = {0};
  EXPECT_THAT(std::string(CheckTargetNetwork(target).message()),
              HasSubstr("must be positive"));
}

}  // namespace
}  // namespace hypergan
