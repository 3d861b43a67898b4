// Rows, their split and their order: what a run trains on.
#include <torch/script.h>

#include <set>

#include "gtest/gtest.h"
#include "trainer/data/rows.h"
#include "trainer/data/split.h"
#include "trainer/optimizer/random_stream.h"
#include "trainer/optimizer/schedule.h"

namespace hypergan::trainer {
namespace {

Rows Numbered(int64_t count) {
  Rows rows;
  rows.inputs = torch::arange(count, torch::kFloat).view({count, 1});
  rows.targets = torch::arange(count, torch::kLong);
  return rows;
}

void Collect(const Rows& rows, std::set<int64_t>* numbers) {
  for (int64_t i = 0; i < rows.size(); ++i) {
    numbers->insert(rows.targets[i].item<int64_t>());
    EXPECT_EQ(rows.inputs[i].item<float>(), rows.targets[i].item<int64_t>());
  }
}

TEST(RowsTest, ScalesPixelsAndKeepsNumbers) {
  data::Dataset dataset;
  dataset.row_shape = {1, 1, 2};
  dataset.rows = 2;
  dataset.pixels = {0, 51, 102, 255};
  dataset.labels = {1, 0};
  const Rows rows = ToRows(dataset, Task::kClassification).value();
  EXPECT_TRUE(torch::allclose(
      rows.Inputs(torch::tensor({1, 0}, torch::kLong)),
      torch::tensor({0.4f, 1.0f, 0.0f, 0.2f}).view({2, 1, 1, 2})));
  EXPECT_EQ(ToRows(dataset, Task::kRegression).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RowsTest, ReadsTablesExactlyAndNarrowsThem) {
  data::Dataset dataset;
  dataset.row_shape = {1};
  dataset.rows = 1;
  dataset.values = {1700000001};
  dataset.targets = {0.1};
  dataset.target_size = 1;
  const Rows exact = ToExactRows(dataset, Task::kRegression).value();
  EXPECT_EQ(exact.inputs.item<double>(), 1700000001);
  EXPECT_EQ(exact.targets.item<double>(), 0.1);
  const Rows rows = ToRows(dataset, Task::kRegression).value();
  EXPECT_EQ(rows.inputs.scalar_type(), torch::kFloat);
  EXPECT_EQ(rows.targets.scalar_type(), torch::kFloat);
}

TEST(SplitTest, SharesOutEveryRowOnce) {
  const Split split =
      SplitRows(Numbered(1000), {.validation = 100, .calibration = 50}, 1)
          .value();
  EXPECT_EQ(split.validation.size(), 100);
  EXPECT_EQ(split.calibration.size(), 50);
  std::set<int64_t> numbers;
  Collect(split.training, &numbers);
  Collect(split.validation, &numbers);
  Collect(split.calibration, &numbers);
  EXPECT_EQ(numbers.size(), 1000u);
}

TEST(SplitTest, IsAFunctionOfTheSeed) {
  const auto validation = [](uint64_t seed) {
    return SplitRows(Numbered(1000), {.validation = 100, .calibration = 50},
                     seed)
        .value()
        .validation.targets;
  };
  EXPECT_TRUE(torch::equal(validation(1), validation(1)));
  EXPECT_FALSE(torch::equal(validation(1), validation(2)));
}

TEST(SplitTest, TakesATenthOfASmallSetAndAFixedSubsetOnRequest) {
  const Split small = SplitRows(Numbered(20), SplitSizes(), 1).value();
  EXPECT_EQ(small.validation.size(), 2);
  EXPECT_EQ(small.training.size(), 16);
  EXPECT_EQ(
      SplitRows(Numbered(1000),
                {.validation = 100, .calibration = 50, .training = 500}, 1)
          .value()
          .training.size(),
      500);
}

TEST(SplitTest, CalibratesOnAsManyRowsAsIsOodTakesIfAFifthIsAsMany) {
  const auto rows = [](int64_t all, int64_t most = 5000) {
    SplitSizes sizes;
    sizes.calibration = most;
    return SplitRows(Numbered(all), sizes, 1).value().calibration.size();
  };
  EXPECT_EQ(rows(40), 4);
  EXPECT_EQ(rows(94), 9);
  EXPECT_EQ(rows(95), 19);
  EXPECT_EQ(rows(190), 19);
  EXPECT_EQ(rows(300), 30);
  EXPECT_EQ(rows(100, 0), 0);
  EXPECT_EQ(rows(100, 5), 5);
}

TEST(SplitTest, SaysSoWhenNothingIsLeft) {
  EXPECT_EQ(SplitRows(Numbered(0), SplitSizes(), 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SplitRows(Numbered(100), {.training = 200}, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RandomStreamTest, PermutationsHoldEveryNumberOnce) {
  const at::Tensor permutation = Permutation(1, 2, 1000);
  EXPECT_TRUE(torch::equal(std::get<0>(permutation.sort()),
                           torch::arange(1000, torch::kLong)));
  EXPECT_FALSE(torch::equal(permutation, Permutation(1, 3, 1000)));
  EXPECT_TRUE(torch::equal(permutation, Permutation(1, 2, 1000)));
}

TEST(RandomStreamTest, UsesOfOneSeedHaveStreamsOfTheirOwn) {
  std::set<uint64_t> seeds;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (Stream stream :
         {Stream::kSplit, Stream::kOrder, Stream::kTrainingNoise,
          Stream::kPrior, Stream::kEvaluationNoise, Stream::kInitialWeights,
          Stream::kDiscriminator}) {
      seeds.insert(StreamSeed(seed, stream));
    }
  }
  EXPECT_EQ(seeds.size(), 50u * 7u);
}

TEST(ScheduleTest, RisesThenFallsToZero) {
  EXPECT_LT(OneCycle(0, 1000), 0.01);
  EXPECT_NEAR(OneCycle(100, 1000), 1, 1e-3);
  EXPECT_NEAR(OneCycle(550, 1000), 0.5, 1e-2);
  EXPECT_LT(OneCycle(999, 1000), 1e-4);
  EXPECT_GT(OneCycle(0, 1), 0);
}

}  // namespace
}  // namespace hypergan::trainer
