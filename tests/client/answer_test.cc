#include "client/cli/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_split.h"
#include "client/cli/terminal/text.h"
#include "client/cli/views/answer_view.h"
#include "client/cli/views/comparison.h"
#include "client/cli/views/json.h"

namespace hypergan::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Two images of 2x2 pixels; the networks take the second for a boot as well.
class ClassesTest : public testing::Test {
 protected:
  ClassesTest() {
    model_.manifest.input_shape = {1, 2, 2};
    model_.manifest.num_outputs = 3;
    model_.manifest.class_names = {"bag", "boot", "shirt"};
    dataset_.row_shape = {1, 2, 2};
    dataset_.rows = 3;
    dataset_.pixels = {0, 0, 0, 0, 255, 0, 255, 0, 0, 255, 0, 255};
    dataset_.labels = {0, 1, 0};
    Prediction& prediction = answer_.prediction;
    prediction.model = "shoes";
    prediction.model_version = "2";
    prediction.seed = 7;
    prediction.num_networks = 10;
    prediction.rows = 2;
    prediction.num_outputs = 3;
    prediction.mean = {0.25, 0.75, 0, 0.1, 0.8, 0.1};
    prediction.variance = {0.01, 0.01, 0, 0, 0, 0};
    prediction.scores = {{.predictive_entropy = 0.5,
                          .expected_entropy = 0.4,
                          .mutual_information = 0.1,
                          .total_variance = 0.02,
                          .max_probability = 0.75,
                          .ood_score = 0.5,
                          .is_ood = false},
                         {.predictive_entropy = 0.6,
                          .expected_entropy = 0.6,
                          .mutual_information = 0.0,
                          .total_variance = 0,
                          .max_probability = 0.8,
                          .ood_score = 0.97,
                          .is_ood = true}};
    prediction.classes = {{1, "boot"}, {1, "boot"}};
    prediction.sampling = absl::Milliseconds(2);
  }

  Model model_;
  data::Dataset dataset_;
  Answer answer_{model_, dataset_, /*rows=*/{1, 2}, {}};
};

TEST_F(ClassesTest, IsDrawnBesideItsPicture) {
  EXPECT_EQ(RenderAnswer(answer_, {}),
            R"(shoes version 2, 10 networks from seed 7

@   row 1: boot, right

    boot  ################==--     0.750 +-0.100
    bag   ####==--                 0.250 +-0.100
    shirt                          0.000 +-0.000

    predictive_entropy 0.5000
    mutual_information 0.1000
    ood_score          0.5000  in distribution

 @  row 2: boot, wrong: bag

    boot  ###################      0.800 +-0.000
    bag   ##                       0.100 +-0.000
    shirt ##                       0.100 +-0.000

    predictive_entropy 0.6000
    mutual_information 0.0000
    ood_score          0.9700  OUT OF DISTRIBUTION

2 rows, accuracy 50.0 %, 1 out of distribution
server: 0.0 ms queued, 2.0 ms sampling, 0.0 ms predicting
)");
}

TEST_F(ClassesTest, SaysNothingOfATruthThatIsNotKnown) {
  dataset_.labels.clear();
  const std::string text = RenderAnswer(answer_, {});
  EXPECT_THAT(text, HasSubstr("row 1: boot\n"));
  EXPECT_THAT(text, Not(HasSubstr("accuracy")));
}

TEST_F(ClassesTest, ShowsTheLikeliestFiveUnlessAllAreWanted) {
  model_.manifest.class_names.clear();
  answer_.prediction.num_outputs = 8;
  answer_.prediction.mean.assign(16, 0.125);
  answer_.prediction.variance.assign(16, 0);
  EXPECT_THAT(RenderAnswer(answer_, {}), Not(HasSubstr("\n    5 ")));
  EXPECT_THAT(RenderAnswer(answer_, {.all_classes = true}),
              HasSubstr("\n    7 "));
}

TEST_F(ClassesTest, FitsItsColumnsWhateverTheNames) {
  model_.manifest.class_names = {std::string(100, 'x'), "\x1b[31m", "ö"};
  dataset_.row_shape = {1, 1, 40};
  dataset_.pixels.assign(3 * 40, 200);
  for (Style style : {Style::kAscii, Style::kUnicode}) {
    for (absl::string_view line :
         absl::StrSplit(RenderAnswer(answer_, {.style = style}), '\n')) {
      if (line.find("row ") != absl::string_view::npos) continue;
      EXPECT_LE(DisplayWidth(line), kScreenColumns) << line;
    }
  }
  EXPECT_THAT(RenderAnswer(answer_, {}), Not(HasSubstr("\x1b")));
}

TEST_F(ClassesTest, GivesEverythingAsJson) {
  answer_.prediction.num_networks = 2;
  for (int i = 0; i < 12; ++i) {
    answer_.prediction.network_outputs.push_back(static_cast<float>(i));
  }
  const auto json = nlohmann::json::parse(AnswerJson(answer_));
  EXPECT_EQ(json["model"], "shoes");
  EXPECT_EQ(json["model_version"], "2");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["num_networks"], 2);
  EXPECT_EQ(json["accuracy"], 0.5);
  EXPECT_EQ(json["timing_seconds"]["sampling"], 0.002);
  ASSERT_EQ(json["rows"].size(), 2);
  const auto& row = json["rows"][1];
  EXPECT_EQ(row["row"], 2);
  EXPECT_EQ(row["class"]["name"], "boot");
  EXPECT_EQ(row["label"], 0);
  EXPECT_EQ(row["mean"].size(), 3);
  EXPECT_EQ(row["scores"]["ood_score"], 0.97);
  EXPECT_EQ(row["scores"]["is_ood"], true);
  // [N, K] of this row alone, out of [N, B, K].
  EXPECT_EQ(row["network_outputs"], nlohmann::json({{3, 4, 5}, {9, 10, 11}}));
}

TEST_F(ClassesTest, GivesASeedThatAFloat64RoundsAsText) {
  answer_.prediction.seed = (uint64_t{1} << 53) - 1;
  EXPECT_THAT(AnswerJson(answer_), HasSubstr("\"seed\": 9007199254740991,"));
  answer_.prediction.seed = ~uint64_t{0};
  EXPECT_THAT(AnswerJson(answer_),
              HasSubstr("\"seed\": \"18446744073709551615\","));
}

TEST_F(ClassesTest, ShowsOneNetworkWithoutDeviations) {
  answer_.prediction.num_networks = 1;
  answer_.prediction.variance.assign(6, 0);
  const std::string text = RenderAnswer(answer_, {});
  EXPECT_THAT(text, HasSubstr(" 0.750\n"));
  EXPECT_THAT(text, Not(HasSubstr("+-")));
}

TEST_F(ClassesTest, SaysWhatAnOodScoreNeeds) {
  for (RowScores& scores : answer_.prediction.scores) {
    scores.ood_score.reset();
    scores.is_ood.reset();
  }
  EXPECT_EQ(answer_.LackForOod(), "");  // there is no calibration
  model_.manifest.calibration =
      Calibration{"predictive_entropy", 1000, 0.95, {1, 2, 3}};
  answer_.prediction.num_networks = 9;
  const std::string lack = "ood_score needs 10 networks or more";
  EXPECT_EQ(answer_.LackForOod(), lack);
  EXPECT_THAT(RenderAnswer(answer_, {}),
              HasSubstr("2 rows, accuracy 50.0 %, " + lack + "\n"));
  EXPECT_EQ(nlohmann::json::parse(AnswerJson(answer_))["notes"],
            nlohmann::json({lack}));
  model_.manifest.calibration->other_networks = {{2, {1}}};
  EXPECT_EQ(answer_.LackForOod(), "");
}

TEST_F(ClassesTest, SaysWhatIsOodNeeds) {
  model_.manifest.calibration =
      Calibration{"predictive_entropy", 4, 0.95, {1, 2, 3, 4}};
  EXPECT_EQ(answer_.LackForOod(), "");  // they have one
  for (RowScores& scores : answer_.prediction.scores) scores.is_ood.reset();
  EXPECT_EQ(answer_.LackForOod(),
            "is_ood needs 19 calibration rows or more, the model has 4");
}

TEST_F(ClassesTest, LeavesWhatIsAbsentOutOfTheJson) {
  answer_.prediction.scores[0] = {.total_variance = 0.5};
  answer_.prediction.mean[0] = std::numeric_limits<float>::quiet_NaN();
  const auto json = nlohmann::json::parse(AnswerJson(answer_));
  EXPECT_EQ(json["rows"][0]["scores"],
            nlohmann::json({{"total_variance", 0.5}}));
  EXPECT_TRUE(json["rows"][0]["mean"][0].is_null());
  EXPECT_FALSE(json["rows"][0].contains("network_outputs"));
}

class ValuesTest : public testing::Test {
 protected:
  ValuesTest() {
    model_.manifest.task = Task::kRegression;
    model_.manifest.input_shape = {1};
    model_.manifest.num_outputs = 1;
    dataset_.row_shape = {1};
    dataset_.rows = 3;
    dataset_.values = {-1, 0, 2};
    dataset_.targets = {-1, 0, 8};
    dataset_.target_size = 1;
    Prediction& prediction = answer_.prediction;
    prediction.model = "curve";
    prediction.model_version = "1";
    prediction.num_networks = 3;
    prediction.seed = 0;
    prediction.rows = 3;
    prediction.num_outputs = 1;
    prediction.mean = {-1, 0, 5};
    prediction.variance = {1, 0, 25};
    prediction.scores.resize(3);
    prediction.scores[0].ood_score = 0.25;
    prediction.scores[2].ood_score = 1;
    prediction.scores[2].is_ood = true;
  }

  Model model_;
  data::Dataset dataset_;
  Answer answer_{model_, dataset_, /*rows=*/{0, 1, 2}, {}};
};

TEST_F(ValuesTest, AreATable) {
  EXPECT_EQ(RenderAnswer(answer_, {}),
            R"(curve version 1, 3 networks from seed 0

row   x  mean  deviation  truth  ood_score  -2 to 10
  0  -1    -1          1     -1      0.250  --o--
  1   0     0          0      0          -      o
  2   2     5          5      8  OOD 1.000      ---------o----------

3 rows, root mean squared error 1.732
server: 0.0 ms queued, 0.0 ms sampling, 0.0 ms predicting
)");
}

TEST_F(ValuesTest, OfOneNetworkHaveNoDeviation) {
  answer_.prediction.num_networks = 1;
  answer_.prediction.variance.assign(3, 0);
  answer_.prediction.scores.assign(3, {});
  EXPECT_THAT(RenderAnswer(answer_, {}),
              HasSubstr("  0  -1    -1          -     -1 "));
  const auto json = nlohmann::json::parse(AnswerJson(answer_));
  EXPECT_EQ(json["rows"][0]["scores"], nlohmann::json::object());
}

TEST_F(ValuesTest, GivesTheTargetsAsJson) {
  const auto json = nlohmann::json::parse(AnswerJson(answer_));
  EXPECT_NEAR(json["rmse"], 1.7320508, 1e-6);
  EXPECT_EQ(json["rows"][2]["target"], nlohmann::json({8}));
  EXPECT_FALSE(json["rows"][2].contains("class"));
}

Prediction Scored(std::vector<double> entropies) {
  Prediction prediction;
  for (double entropy : entropies) {
    prediction.scores.push_back({.predictive_entropy = entropy,
                                 .total_variance = 1,
                                 .max_probability = 1 - entropy});
  }
  return prediction;
}

TEST(ComparisonTest, DescribesEveryScoreThatBothSetsHave) {
  const auto comparisons =
      CompareScores(Scored({0.1, 0.2, 0.3}), Scored({0.3, 0.5}));
  ASSERT_EQ(comparisons.size(), 3);
  EXPECT_EQ(comparisons[0].name, "predictive_entropy");
  EXPECT_DOUBLE_EQ(comparisons[0].inside.mean, 0.2);
  EXPECT_DOUBLE_EQ(comparisons[0].inside.deviation, 0.1);
  // Five of six pairs in order, one even.
  EXPECT_DOUBLE_EQ(comparisons[0].auroc, 5.5 / 6);
  EXPECT_EQ(comparisons[1].name, "total_variance");
  EXPECT_DOUBLE_EQ(comparisons[1].auroc, 0.5);
  EXPECT_EQ(comparisons[2].name, "1 - max_probability");
  EXPECT_DOUBLE_EQ(comparisons[2].inside.mean, 0.2);
}

TEST(ComparisonTest, LeavesOutAScoreThatARowLacks) {
  Prediction outside = Scored({0.3, 0.5});
  outside.scores[1].predictive_entropy.reset();
  const auto comparisons = CompareScores(Scored({0.1}), outside);
  ASSERT_EQ(comparisons.size(), 2);
  EXPECT_EQ(comparisons[0].name, "total_variance");
}

TEST(ComparisonTest, LeavesOutWhatOneNetworkCannotTell) {
  Prediction one = Scored({0.1, 0.2});
  for (RowScores& scores : one.scores) scores.total_variance.reset();
  for (const ScoreComparison& comparison : CompareScores(one, one)) {
    EXPECT_NE(comparison.name, "total_variance");
  }
  EXPECT_EQ(CompareScores(one, one).size(), 2);
}

TEST(ComparisonTest, IsATableWithHistograms) {
  auto comparisons = CompareScores(Scored({0, 0}), Scored({1}));
  comparisons.resize(1);
  const std::string blank(65, ' ');
  EXPECT_EQ(RenderComparison(comparisons, Style::kAscii),
            "score                                 inside                 "
            "outside      AUROC\n"
            "\n"
            "predictive_entropy                    0 +- 0                  "
            "1 +- 0     1.0000\n"
            "  inside  |@" +
                blank +
                "|\n"
                "  outside |" +
                blank + "@|\n");
}

TEST(ComparisonTest, GivesItsFiguresAsJson) {
  const auto comparisons = CompareScores(Scored({0, 0}), Scored({1}));
  Prediction prediction;
  prediction.model = "m";
  const auto json = nlohmann::json::parse(
      ComparisonJson(comparisons, prediction, "a.gz", "b.gz"));
  EXPECT_EQ(json["model"], "m");
  EXPECT_EQ(json["inside"], "a.gz");
  EXPECT_EQ(json["outside"], "b.gz");
  EXPECT_EQ(json["rows"]["inside"], 2);
  EXPECT_EQ(json["scores"]["predictive_entropy"]["auroc"], 1.0);
  EXPECT_EQ(json["scores"]["predictive_entropy"]["outside"]["mean"], 1.0);
}

}  // namespace
}  // namespace hypergan::client
