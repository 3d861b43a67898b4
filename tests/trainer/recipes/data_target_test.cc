#include "trainer/recipes/data_target.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/target/operations.h"

namespace hypergan::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

DataProfile Images(std::vector<int64_t> shape) {
  return {.row_shape = std::move(shape), .outputs = 10, .training_rows = 100};
}

std::vector<int64_t> OutputsOf(const TargetNetwork& target) {
  std::vector<int64_t> outputs;
  for (const Layer& layer : target.layers) outputs.push_back(layer.outputs);
  return outputs;
}

TEST(DataTargetTest, MakesTheDemosNetworkForItsImages) {
  const TargetNetwork target = TargetFor(Images({1, 28, 28}), {}).value();
  EXPECT_EQ(target.name, "small-images");
  EXPECT_THAT(OutputsOf(target), ElementsAre(16, 32, 10));
  EXPECT_EQ(NumParameters(target), 20'490);
}

TEST(DataTargetTest, HasABlockMoreForEachDoublingOfLargeImages) {
  EXPECT_THAT(OutputsOf(TargetFor(Images({3, 32, 32}), {}).value()),
              ElementsAre(16, 32, 10));
  EXPECT_THAT(OutputsOf(TargetFor(Images({3, 64, 64}), {}).value()),
              ElementsAre(16, 32, 32, 10));
  EXPECT_THAT(OutputsOf(TargetFor(Images({3, 100, 40}), {}).value()),
              ElementsAre(16, 32, 32, 32, 10));
}

TEST(DataTargetTest, TakesImagesOfAnySides) {
  for (const int64_t height : {1, 2, 3, 5, 8, 17, 200}) {
    for (const int64_t width : {1, 2, 3, 5, 8, 17, 200}) {
      EXPECT_TRUE(TargetFor(Images({1, height, width}), {}).ok())
          << height << " x " << width;
    }
  }
}

TEST(DataTargetTest, MakesHiddenLayersForTables) {
  DataProfile table = {.row_shape = {13}, .outputs = 3, .training_rows = 100};
  EXPECT_THAT(OutputsOf(TargetFor(table, {}).value()), ElementsAre(50, 50, 3));
  EXPECT_THAT(OutputsOf(TargetFor(table, {20}).value()), ElementsAre(20, 3));
  table.task = Task::kRegression;
  table.row_shape = {1};
  EXPECT_THAT(OutputsOf(TargetFor(table, {}).value()), ElementsAre(200, 3));
}

TEST(DataTargetTest, RefusesWhatMakesNoNetwork) {
  const absl::Status images = TargetFor(Images({1, 8, 8}), {50}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(images));
  EXPECT_THAT(images.message(),
              HasSubstr("--hidden: expected rows of a table"));
  EXPECT_TRUE(absl::IsInvalidArgument(
      TargetFor({.row_shape = {3}, .training_rows = 3}, {}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      TargetFor({.row_shape = {3}, .outputs = 1, .training_rows = 3}, {-1})
          .status()));
}

}  // namespace
}  // namespace hypergan::trainer
