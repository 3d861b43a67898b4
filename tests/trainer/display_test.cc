// What people see of a run.
#include <string>

#include "gtest/gtest.h"
#include "trainer/progress.h"

namespace hypergan::trainer {
namespace {

TEST(ProgressTest, LineShowsShareRateAndRemainingTime) {
  EXPECT_EQ(
      Progress::Line("epoch 2/3", 0.5, 9800, "rows", absl::Seconds(65)),
      "epoch 2/3 [############............]  50 %  9800 rows/s  1:05 left");
}

}  // namespace
}  // namespace hypergan::trainer
