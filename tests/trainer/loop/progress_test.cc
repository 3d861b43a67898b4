#include "trainer/loop/progress.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

class ProgressTest : public testing::Test {
 protected:
  Progress::Output Output(bool is_terminal) {
    return {stream_, is_terminal, [this] { return now_; }};
  }
  int64_t Lines() const {
    const std::string text = stream_.str();
    return std::count(text.begin(), text.end(), '\n');
  }

  std::ostringstream stream_;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(ProgressTest, LineShowsShareRateAndRemainingTime) {
  EXPECT_EQ(
      Progress::Line("epoch 2/3", 0.5, 9800, "rows", absl::Seconds(65)),
      "epoch 2/3 [############............]  50 %  9800 rows/s  1:05 left");
}

TEST_F(ProgressTest, IsALineEveryTenSecondsWhereThereIsNoTerminal) {
  Progress progress("epoch 1/2", 100, "rows", Output(false));
  for (int second = 1; second <= 25; ++second) {
    now_ += absl::Seconds(1);
    if (second == 15) progress.SetLabel("epoch 2/2");
    progress.Advance(7);
  }
  progress.Clear();
  EXPECT_EQ(
      stream_.str(),
      "epoch 1/2 [##......................]  10 %  7 rows/s  1:30 left\n"
      "epoch 2/2 [####....................]  20 %  7 rows/s  1:20 left\n");
}

TEST_F(ProgressTest, IsALineAMinuteOnceItHasTakenLong) {
  Progress progress("epoch", 36'000, "rows", Output(false));
  for (int second = 1; second <= 1200; ++second) {
    now_ += absl::Seconds(1);
    progress.Advance(1);
  }
  EXPECT_EQ(Lines(), 60 + 10);
}

TEST_F(ProgressTest, DrawsOverItselfOnATerminalAndIsWiped) {
  {
    Progress progress("epoch", 10, "rows", Output(true));
    now_ += absl::Seconds(1);
    progress.Advance(1);
    progress.Advance(1);  // too soon after the last to be shown
    now_ += absl::Seconds(1);
    progress.Advance(1);
  }
  EXPECT_EQ(stream_.str(),
            "\r\033[Kepoch [##......................]  10 %  1 rows/s  0:09 "
            "left"
            "\r\033[Kepoch [#######.................]  30 %  2 rows/s  0:04 "
            "left"
            "\r\033[K");
}

}  // namespace
}  // namespace hypergan::trainer
