#include "trainer/evaluation/selective.h"

#include <torch/torch.h>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

// Twenty rows of two classes, the less certain, the later; rows 9, 18 and 19
// are wrong.
EnsembleOutputs TwentyRows() {
  EnsembleOutputs outputs;
  outputs.mean = torch::zeros({20, 2}, torch::kDouble);
  outputs.scores.predictive_entropy = torch::arange(20, torch::kDouble) / 20;
  for (int row = 0; row < 20; ++row) {
    outputs.mean[row][row == 9 || row >= 18 ? 1 : 0] = 1;
  }
  return outputs;
}

TEST(SelectiveTest, AccuracyIsOfTheMostCertainRows) {
  const at::Tensor labels = torch::zeros({20}, torch::kLong);
  const Figures figures = SelectiveFigures({}, 10, TwentyRows(), labels);
  EXPECT_DOUBLE_EQ(figures.at("accuracy_at_95"), 17.0 / 19);
  EXPECT_DOUBLE_EQ(figures.at("accuracy_at_90"), 17.0 / 18);
  EXPECT_DOUBLE_EQ(figures.at("accuracy_at_80"), 15.0 / 16);
  EXPECT_EQ(figures.count("accuracy_at_100"), 0u);
  // Of 17 right rows, the two last wrong ones are above all, row 9 above nine.
  EXPECT_DOUBLE_EQ(figures.at("error_auroc"), (17 + 17 + 9) / (3 * 17.0));
  EXPECT_GT(figures.at("aurc"), 0);
}

TEST(SelectiveTest, ErrorsThatThereAreNotAreNotTold) {
  EnsembleOutputs outputs = TwentyRows();
  const Figures figures =
      SelectiveFigures({}, 10, outputs, outputs.mean.argmax(-1));
  EXPECT_EQ(figures.count("error_auroc"), 0u);
  EXPECT_EQ(figures.at("aurc"), 0);
}

TEST(SelectiveTest, NoFiguresWithoutTheScore) {
  EnsembleOutputs outputs = TwentyRows();
  outputs.scores.predictive_entropy = at::Tensor();
  EXPECT_TRUE(SelectiveFigures({}, 1, outputs, torch::zeros({20}, torch::kLong))
                  .empty());
}

}  // namespace
}  // namespace hypergan::trainer
