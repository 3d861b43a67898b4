#include "trainer/evaluation/ensemble_calibration.h"

#include <torch/script.h>

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/checkpoint/calibration.h"
#include "tests/support/tiny_model.h"
#include "tests/trainer/linear_model.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

class EnsembleCalibrationTest : public ::testing::Test {
 protected:
  EnsembleCalibrationTest() { at::manual_seed(3); }

  Ensemble EnsembleOf(Checkpoint checkpoint) {
    return Ensemble(std::move(checkpoint), c10::Device(c10::kCPU), &workers_);
  }

  // `rows` more of the same kind.
  static Rows Draw(const Manifest& manifest, int64_t rows) {
    std::vector<int64_t> shape = manifest.input_shape;
    shape.insert(shape.begin(), rows);
    return {at::randn(shape), {}};
  }

  static EvaluationOptions Options(int64_t networks) {
    EvaluationOptions options;
    options.num_networks = networks;
    options.seed = 1000;
    return options;
  }

  // The share of fresh rows that are out of distribution for requests of fresh
  // networks.
  static double FalseAlarms(const Ensemble& ensemble,
                            const Calibration& calibration, int64_t networks) {
    constexpr int64_t kRequests = 200;
    constexpr int64_t kRows = 20;
    double alarms = 0;
    for (int64_t request = 0; request < kRequests; ++request) {
      EnsembleOptions options;
      options.num_networks = networks;
      options.seed = static_cast<uint64_t>(request);
      const EnsembleOutputs outputs =
          ensemble.Predict(Draw(ensemble.manifest(), kRows).inputs, options)
              .value();
      const at::Tensor& primary =
          ensemble.manifest().task == Task::kClassification
              ? outputs.scores.predictive_entropy
              : outputs.scores.total_variance;
      for (const double score : ToVector(primary)) {
        alarms += *IsOod(calibration, *OodScore(calibration, networks, score));
      }
    }
    return alarms / (kRequests * kRows);
  }

  void ExpectFewFalseAlarms(Checkpoint checkpoint) {
    const Ensemble ensemble = EnsembleOf(std::move(checkpoint));
    const Calibration calibration =
        CalibrateEnsemble(ensemble, Draw(ensemble.manifest(), 1000),
                          Options(100))
            .value();
    EXPECT_EQ(LeastNetworks(calibration), 2);
    for (const int64_t networks : {2, 3, 4, 5, 8, 10, 30, 100, 200, 1000}) {
      // Rows of a request share its networks: of two networks, whole requests
      // are flagged or not.
      EXPECT_LT(FalseAlarms(ensemble, calibration, networks), 0.08) << networks;
    }
    EXPECT_GT(FalseAlarms(ensemble, calibration, 100), 0.02);
  }

  Workers workers_{2};
};

TEST_F(EnsembleCalibrationTest, KeepsThePromiseForFewNetworksOfARegression) {
  ExpectFewFalseAlarms(hypergan::testing::TinyCheckpoint("regression"));
}

TEST_F(EnsembleCalibrationTest, KeepsThePromiseForFewNetworksOfAClassifier) {
  ExpectFewFalseAlarms(hypergan::testing::LinearCheckpoint());
}

TEST_F(EnsembleCalibrationTest, QuantilesAreThoseOfTheServersScores) {
  const Ensemble ensemble = EnsembleOf(hypergan::testing::LinearCheckpoint(3));
  const Rows rows = Draw(ensemble.manifest(), 10);
  const Calibration calibration =
      CalibrateEnsemble(ensemble, rows, Options(100)).value();
  std::vector<double> scores;
  for (int64_t row = 0; row < 10; ++row) {  // a draw each
    EnsembleOptions options;
    options.num_networks = 100;
    options.seed = static_cast<uint64_t>(1000 + row);
    scores.push_back(ensemble.Predict(rows.Inputs(row, 1), options)
                         .value()
                         .scores.predictive_entropy.item<double>());
  }
  std::sort(scores.begin(), scores.end());
  ASSERT_EQ(calibration.quantiles.size(), scores.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    // They are made of the networks' probabilities in float32.
    EXPECT_NEAR(calibration.quantiles[i], scores[i], 1e-8);
  }
}

TEST_F(EnsembleCalibrationTest, OtherScoresAreThoseOfTheServersAnswers) {
  const Ensemble ensemble = EnsembleOf(hypergan::testing::LinearCheckpoint(3));
  const Rows rows = Draw(ensemble.manifest(), 10);
  const Calibration calibration =
      CalibrateEnsemble(ensemble, rows, Options(100)).value();
  ASSERT_EQ(calibration.other_scores.size(), 2u);
  for (const ScoreQuantiles& other : calibration.other_scores) {
    std::vector<double> scores;
    for (int64_t row = 0; row < 10; ++row) {  // a draw each
      EnsembleOptions options;
      options.num_networks = 100;
      options.seed = static_cast<uint64_t>(1000 + row);
      const EnsembleOutputs outputs =
          ensemble.Predict(rows.Inputs(row, 1), options).value();
      scores.push_back(ScoreNamed(other.score, outputs.scores).item<double>());
    }
    std::sort(scores.begin(), scores.end());
    ASSERT_EQ(other.quantiles.size(), scores.size());
    for (size_t i = 0; i < scores.size(); ++i) {
      EXPECT_NEAR(other.quantiles[i], scores[i], 1e-7) << other.score;
    }
  }
  EXPECT_EQ(calibration.other_scores[0].score, "mutual_information");
}

TEST_F(EnsembleCalibrationTest, TheDefaultNetworksAreAmongThoseCalibrated) {
  const Ensemble ensemble = EnsembleOf(hypergan::testing::LinearCheckpoint());
  const Rows rows = Draw(ensemble.manifest(), 3);
  for (const int64_t networks : {1, 2, 7, 100, 130}) {
    const Calibration calibration =
        CalibrateEnsemble(ensemble, rows, Options(networks)).value();
    EXPECT_EQ(calibration.networks, std::max<int64_t>(2, networks));
    EXPECT_EQ(calibration.rows, 3);
    EXPECT_EQ(calibration.other_networks.size(),
              networks == 7 || networks == 130 ? 8u : 7u);
    EXPECT_EQ(calibration.other_networks.back().networks, kManyNetworks);
  }
}

TEST_F(EnsembleCalibrationTest, EndsWhenInterrupted) {
  const Ensemble ensemble = EnsembleOf(hypergan::testing::LinearCheckpoint());
  EvaluationOptions options = Options(10);
  options.interrupt = [] { return absl::CancelledError("enough"); };
  EXPECT_TRUE(absl::IsCancelled(
      CalibrateEnsemble(ensemble, Draw(ensemble.manifest(), 3), options)
          .status()));
}

TEST(LackOfCalibrationRowsTest, SaysHowManyIsOodTakes) {
  EXPECT_EQ(LackOfCalibrationRows(19), "");
  EXPECT_THAT(LackOfCalibrationRows(18),
              HasSubstr("18 calibration rows are too few: answers will have no "
                        "is_ood, which takes 19 rows or more"));
  EXPECT_THAT(LackOfCalibrationRows(0),
              HasSubstr("no ood_score and no is_ood"));
}

}  // namespace
}  // namespace hypergan::trainer
