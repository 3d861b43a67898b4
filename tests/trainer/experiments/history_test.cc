#include "trainer/experiments/history.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HistoryTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<EpochResult>> Read(const std::string& text) {
    return ReadHistory(folder_.Write("history.jsonl", text));
  }

  const TempFolder folder_;
};

TEST_F(HistoryTest, JoinsTheFiguresOfTrainingAndOfTheValidationRows) {
  const auto epochs = Read(
      R"({"epoch": 2, "loss": 0.5, "best": true, "validation": {"nll": 0.25},)"
      R"( "layer_diversity": [0.1, 0.2]})"
      "\n"
      R"({"test": {"nll": 9}})");
  ASSERT_TRUE(epochs.ok()) << epochs.status();
  ASSERT_EQ(epochs->size(), 1u);
  EXPECT_EQ((*epochs)[0].epoch, 2);
  EXPECT_EQ((*epochs)[0].figures,
            (std::map<std::string, double>{{"loss", 0.5}, {"nll", 0.25}}));
  EXPECT_THAT((*epochs)[0].layer_diversity, ElementsAre(0.1, 0.2));
}

TEST_F(HistoryTest, TheLaterEvaluationOfAnEpochCounts) {
  const std::string rest = R"(, "validation": {}, "layer_diversity": []})";
  const auto epochs = Read(R"({"epoch": 1, "loss": 3)" + rest + "\n" +
                           R"({"epoch": 2, "loss": 2)" + rest + "\n" +
                           R"({"epoch": 2, "loss": 1)" + rest + "\n");
  ASSERT_TRUE(epochs.ok()) << epochs.status();
  ASSERT_EQ(epochs->size(), 2u);
  EXPECT_EQ((*epochs)[1].figures.at("loss"), 1);
}

TEST_F(HistoryTest, SaysWhichLineIsDamaged) {
  const auto epochs = Read("{\"test\": 1}\n{\"epoch\": \n{\"test\": 1}\n");
  EXPECT_EQ(epochs.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(epochs.status().message(), HasSubstr("line 2"));
}

TEST_F(HistoryTest, PassesOverALastLineThatIsTorn) {
  const std::string line =
      R"({"epoch": 1, "validation": {}, "layer_diversity": []})";
  for (const char* torn : {"{", "{\"epoch\": ", "{\"epoch\": 2}"}) {
    const auto epochs = Read(line + "\n" + torn);
    ASSERT_TRUE(epochs.ok()) << epochs.status();
    EXPECT_EQ(epochs->size(), 1u);
  }
  EXPECT_EQ(Read("")->size(), 0u);
}

TEST_F(HistoryTest, AMissingFileIsNotFound) {
  EXPECT_EQ(ReadHistory("/nowhere/metrics.jsonl").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hypergan::trainer
