#include "trainer/evaluation/full_evaluation.h"

#include <torch/script.h>

#include <cmath>

#include "gtest/gtest.h"
#include "hypergan/ensemble/auroc.h"
#include "tests/support/tiny_model.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/evaluation/reliability.h"

namespace hypergan::trainer {
namespace {

using hypergan::testing::TinyCheckpoint;

Rows Images(int64_t count, int64_t seed) {
  at::manual_seed(seed);
  Rows rows;
  rows.inputs = at::randint(256, {count, 1, 28, 28}, at::kByte);
  rows.targets = at::randint(10, {count}, at::kLong);
  return rows;
}

FullEvaluationOptions Options(int64_t networks) {
  FullEvaluationOptions options;
  options.num_networks = networks;
  options.seed = 3;
  return options;
}

class Classifier : public ::testing::Test {
 protected:
  EnsembleOutputs Ask(const Rows& rows) {
    EvaluationOptions query;
    query.num_networks = 6;
    query.seed = 3;
    return PredictRows(ensemble_, rows, true, query).value();
  }

  Workers workers_{2};
  Ensemble ensemble_{TinyCheckpoint("mnist"), c10::Device(c10::kCPU),
                     &workers_};
};
using FullEvaluationTest = Classifier;

TEST_F(FullEvaluationTest, DerivesEverythingFromTheSameOutputs) {
  const Rows test = Images(30, 1), strange = Images(20, 2);
  ExperimentResult result;
  ASSERT_TRUE(EvaluateFully(ensemble_, test, {{"strange", strange}}, Options(6),
                            &result)
                  .ok());
  const EnsembleOutputs inside = Ask(test), outside = Ask(strange);
  EXPECT_EQ(result.networks, 6);
  for (const auto& [name, figure] :
       ClassificationFigures(ensemble_.manifest(), inside, test.targets)) {
    EXPECT_EQ(result.figures.at(name), figure) << name;
  }
  // Each row's, of which these are the means.
  ASSERT_EQ(result.row_right.size(), 30u);
  ASSERT_EQ(result.row_losses.size(), 30u);
  double right = 0, losses = 0;
  for (size_t row = 0; row < 30; ++row) {
    right += result.row_right[row];
    losses += result.row_losses[row];
  }
  EXPECT_NEAR(right / 30, Accuracy(inside.mean, test.targets), 1e-12);
  EXPECT_NEAR(losses / 30, result.figures.at("nll"), 1e-6);
  for (const char* name :
       {"member_disagreement", "aurc", "ece_floor", "nll_2", "accuracy_3"}) {
    EXPECT_EQ(result.figures.count(name), 1u) << name;
  }
  EXPECT_EQ(result.figures.count("nll_7"), 0u);  // there are but six
  EXPECT_NEAR(ExpectedCalibrationError(result.reliability),
              result.figures.at("ece"), 1e-12);
  // The bins of all networks' answers hold what single networks get right.
  double accuracy = 0;
  for (const ReliabilityBin& bin : result.reliability_single) {
    accuracy += bin.share * bin.accuracy;
  }
  EXPECT_NEAR(accuracy, result.figures.at("accuracy_1"), 1e-9);

  ASSERT_EQ(result.outside.size(), 1u);
  EXPECT_EQ(result.outside[0].outside, "strange");
  EXPECT_EQ(result.outside[0].inside_rows, 30);
  EXPECT_EQ(result.outside[0].outside_rows, 20);
  EXPECT_EQ(result.outside[0].scores.size(), 5u);
  EXPECT_NEAR(result.outside[0].scores.at("mutual_information").auroc,
              Auroc(ToVector(inside.scores.mutual_information),
                    ToVector(outside.scores.mutual_information)),
              1e-12);
}

TEST_F(FullEvaluationTest, ShowsPicturesAndFilters) {
  ExperimentResult result;
  ASSERT_TRUE(
      EvaluateFully(ensemble_, Images(30, 1), {}, Options(6), &result).ok());
  ASSERT_EQ(result.most_uncertain.size(), 12u);
  ASSERT_EQ(result.least_uncertain.size(), 12u);
  EXPECT_GT(result.most_uncertain[11].score, result.least_uncertain[11].score);
  EXPECT_EQ(result.filters.size(), 4u);
  EXPECT_TRUE(result.bands.empty());
}

TEST_F(FullEvaluationTest, LooksAtNoMoreRowsThanItMay) {
  FullEvaluationOptions options = Options(2);
  options.max_rows = 7;
  ExperimentResult result;
  ASSERT_TRUE(EvaluateFully(ensemble_, Images(30, 1),
                            {{"a", Images(9, 2)}, {"b", Images(5, 3)}}, options,
                            &result)
                  .ok());
  EXPECT_EQ(result.most_uncertain.size(), 7u);
  ASSERT_EQ(result.outside.size(), 2u);
  EXPECT_EQ(result.outside[0].inside_rows, 7);
  EXPECT_EQ(result.outside[0].outside_rows, 7);
  EXPECT_EQ(result.outside[1].outside_rows, 5);
}

TEST_F(FullEvaluationTest, SaysWhichRowsHaveAnotherShape) {
  Rows wrong;
  wrong.inputs = at::zeros({2, 3, 32, 32});
  ExperimentResult result;
  const absl::Status status = EvaluateFully(
      ensemble_, Images(3, 1), {{"wrong", wrong}}, Options(2), &result);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "wrong: expected inputs [rows, 1, 28, 28], at least one row, got "
            "[2, 3, 32, 32]");
}

TEST_F(FullEvaluationTest, StopsWithTheInterruptsError) {
  FullEvaluationOptions options = Options(2);
  options.interrupt = [] { return absl::CancelledError("enough"); };
  ExperimentResult result;
  EXPECT_EQ(EvaluateFully(ensemble_, Images(3, 1), {}, options, &result).code(),
            absl::StatusCode::kCancelled);
}

TEST(RegressionFullEvaluationTest, DrawsBandsOfTenAndOfAllNetworks) {
  Workers workers(2);
  const Ensemble ensemble(TinyCheckpoint("regression"), c10::Device(c10::kCPU),
                          &workers);
  Rows rows;  // not in order
  rows.inputs = torch::tensor({2.0f, -1.0f, 0.5f}).view({3, 1});
  rows.targets = 3 * rows.inputs;
  ExperimentResult result;
  ASSERT_TRUE(EvaluateFully(ensemble, rows, {}, Options(30), &result).ok());
  AddObservations(rows, &result);
  EXPECT_EQ(result.observations_x, (std::vector<double>{2, -1, 0.5}));
  EXPECT_EQ(result.observations_y, (std::vector<double>{6, -3, 1.5}));
  EXPECT_TRUE(result.reliability.empty());
  ASSERT_EQ(result.bands.size(), 2u);
  EXPECT_EQ(result.bands[0].networks, 10);
  EXPECT_EQ(result.bands[1].networks, 30);
  for (const BandResult& band : result.bands) {
    EXPECT_EQ(band.x, (std::vector<double>{-1, 0.5, 2}));
    EXPECT_EQ(band.truth, (std::vector<double>{-3, 1.5, 6}));
    EnsembleOptions query;
    query.num_networks = band.networks;
    query.seed = 3;
    const EnsembleOutputs alone = ensemble.Predict(rows.inputs, query).value();
    EXPECT_NEAR(band.mean[0], alone.mean[1].item<double>(), 1e-5);
    EXPECT_NEAR(band.deviation[2], std::sqrt(alone.variance[0].item<double>()),
                1e-5);
  }
}

}  // namespace
}  // namespace hypergan::trainer
