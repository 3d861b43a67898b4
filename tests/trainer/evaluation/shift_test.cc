#include "trainer/evaluation/shift.h"

#include <torch/torch.h>

#include "gtest/gtest.h"
#include "tests/support/tiny_model.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {
namespace {

using hypergan::testing::TinyCheckpoint;

TEST(ShiftTest, HasACurveFromTheRowsAsTheyAreForEachKind) {
  Workers workers(2);
  const Ensemble ensemble(TinyCheckpoint("mnist"), c10::Device(c10::kCPU),
                          &workers);
  torch::manual_seed(1);
  Rows rows;
  rows.inputs = torch::randint(256, {12, 1, 28, 28}, torch::kByte);
  rows.targets = torch::randint(10, {12}, torch::kLong);
  FullEvaluationOptions options;
  options.num_networks = 4;
  options.seed = 3;
  options.max_rows = 10;
  const auto shifts = EvaluateShift(
      ensemble, rows, {Corruption::kNoise, Corruption::kRotation}, options);
  ASSERT_TRUE(shifts.ok()) << shifts.status();
  ASSERT_EQ(shifts->size(), 2u);
  const ShiftResult& noise = (*shifts)[0];
  EXPECT_EQ(noise.kind, "noise");
  EXPECT_EQ((*shifts)[1].kind, "rotation");
  ASSERT_EQ(noise.points.size(), 6u);
  EXPECT_EQ((*shifts)[1].points.size(), 13u);
  EXPECT_EQ(noise.points[0].amount, 0);
  EXPECT_EQ(noise.points[0].figures, (*shifts)[1].points[0].figures);

  // A point is what the ensemble says of the changed rows.
  Rows changed = rows.First(10);
  const double amount = noise.points[2].amount;
  changed.inputs =
      Corrupt(changed.Inputs(0, 10), Corruption::kNoise, amount, 3).value();
  EvaluationOptions query;
  query.num_networks = 4;
  query.seed = 3;
  const EnsembleOutputs outputs =
      PredictRows(ensemble, changed, /*network_outputs=*/false, query).value();
  const Figures& figures = noise.points[2].figures;
  EXPECT_DOUBLE_EQ(figures.at("accuracy"),
                   Accuracy(outputs.mean, changed.targets));
  EXPECT_DOUBLE_EQ(figures.at("nll"),
                   NegativeLogLikelihood(outputs.mean, changed.targets));
  EXPECT_DOUBLE_EQ(figures.at("mutual_information"),
                   outputs.scores.mutual_information.mean().item<double>());
}

TEST(ShiftTest, RefusesRowsThatAreNoImages) {
  Workers workers(1);
  const Ensemble ensemble(TinyCheckpoint("mnist"), c10::Device(c10::kCPU),
                          &workers);
  Rows rows;
  rows.inputs = torch::rand({4, 3});
  rows.targets = torch::zeros({4}, torch::kLong);
  EXPECT_EQ(
      EvaluateShift(ensemble, rows, {Corruption::kNoise}, {}).status().code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hypergan::trainer
