#include "trainer/report/drawing/epoch_curves.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer::report {
namespace {

using ::testing::SizeIs;

EpochResult AnEpoch(int64_t number, double accuracy, double loss) {
  EpochResult epoch;
  epoch.epoch = number;
  epoch.figures = {{"discriminator_accuracy", accuracy},
                   {"discriminator_loss", loss}};
  return epoch;
}

Group AGroup(const std::string& label, std::vector<EpochResult> epochs) {
  Group group;
  group.label = label;
  group.runs.resize(1);
  group.runs[0].epochs = std::move(epochs);
  return group;
}

// A deep ensemble has no discriminator, whose figures are 0; a HyperGAN's may
// tell no code rightly.
TEST(EpochCurvesTest, LeaveOutWhatAMethodOrAnEpochLacks) {
  Experiment experiment;
  experiment.groups = {
      AGroup("HyperGAN",
             {AnEpoch(1, 0, 0), AnEpoch(2, 0.5, 1.4), AnEpoch(3, 0, 3)}),
      AGroup("Deep ensemble", {AnEpoch(1, 0, 0), AnEpoch(2, 0, 0)})};
  EpochPlot plot;
  plot.figure = "discriminator_accuracy";
  EXPECT_THAT(EpochCurves(experiment, plot), SizeIs(2));
  plot.factor = 100;
  plot.beside = "discriminator_loss";
  const std::vector<Line> lines = EpochCurves(experiment, plot);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].name, "HyperGAN");
  ASSERT_THAT(lines[0].points, SizeIs(2));
  EXPECT_EQ(lines[0].points[0].x, 2);
  EXPECT_EQ(lines[0].points[0].y, 50);
  EXPECT_EQ(lines[0].points[1].x, 3);
}

}  // namespace
}  // namespace hypergan::trainer::report
