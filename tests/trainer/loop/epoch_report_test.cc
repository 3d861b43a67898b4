#include "trainer/loop/epoch_report.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"
#include "trainer/loop/training_state.h"

namespace hypergan::trainer {
namespace {

StepReport Step(double loss) {
  StepReport step;
  step.loss = loss;
  step.regulariser = loss / 7;
  return step;
}

TEST(EpochReportTest, HasTheMeansOfItsSteps) {
  EpochReport report;
  EXPECT_EQ(report.Mean("loss"), 0);
  report.Add(Step(1));
  report.Add(Step(2));
  EXPECT_EQ(report.Mean("loss"), 1.5);
  EXPECT_EQ(report.Means().at("regulariser"), (1 / 7.0 + 2 / 7.0) / 2);
}

TEST(EpochReportTest, GoesOnExactlyFromATrainingState) {
  const TempFolder folder;
  TrainingState state;
  EpochReport whole;
  for (int i = 0; i < 10; ++i) {
    whole.Add(Step(0.1 * i));
    state.report.Add(Step(0.1 * i));
    ASSERT_TRUE(SaveTrainingState(state, folder.Path("state.pt")).ok());
    const auto loaded = LoadTrainingState(folder.Path("state.pt"));
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    state = *loaded;
  }
  EXPECT_EQ(state.report.Means(), whole.Means());
}

TEST(EpochReportTest, IsEmptyOfTextThatIsNone) {
  for (const char* text : {"", "{", "[]", "3", R"({"steps":"x","sums":{}})",
                           R"({"steps":1,"sums":[]})"}) {
    EXPECT_TRUE(EpochReport::FromText(text).Means().empty()) << text;
  }
}

}  // namespace
}  // namespace hypergan::trainer
