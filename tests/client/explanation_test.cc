#include "client/cli/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "client/cli/terminal/text.h"
#include "client/cli/views/explanation_view.h"
#include "client/cli/views/json.h"

namespace hypergan::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

void FitsTheScreen(const std::string& text) {
  for (const auto line : absl::StrSplit(text, '\n')) {
    EXPECT_LE(DisplayWidth(line), kScreenColumns) << line;
  }
}

// Of four networks three say boot, one says bag.
class ExplainClassesTest : public testing::Test {
 protected:
  ExplainClassesTest() {
    model_.manifest.input_shape = {2};
    model_.manifest.num_outputs = 3;
    model_.manifest.class_names = {"bag", "boot", "shirt"};
    model_.manifest.calibration =
        Calibration{.primary_score = "predictive_entropy",
                    .rows = 200,
                    .threshold = 0.95,
                    .quantiles = {0.1, 0.2, 0.4, 0.8},
                    .networks = 4};
    dataset_.row_shape = {2};
    dataset_.rows = 3;
    dataset_.values = {0, 0, 0, 0, 0, 0};
    Prediction& prediction = answer_.prediction;
    prediction.model = "shoes";
    prediction.model_version = "2";
    prediction.seed = 7;
    prediction.num_networks = 4;
    prediction.rows = 1;
    prediction.num_outputs = 3;
    prediction.mean = {0.25, 0.75, 0};
    prediction.variance = {0.01, 0.01, 0};
    prediction.scores = {{.predictive_entropy = 0.5,
                          .expected_entropy = 0.4,
                          .mutual_information = 0.1,
                          .total_variance = 0.02,
                          .max_probability = 0.75,
                          .ood_score = 0.97,
                          .is_ood = true}};
    prediction.classes = {{1, "boot"}};
    prediction.network_outputs = {0.1f, 0.9f, 0, 0.2f, 0.8f, 0,
                                  0.1f, 0.9f, 0, 0.6f, 0.4f, 0};
  }

  Model model_;
  data::Dataset dataset_;
  Answer answer_{model_, dataset_, /*rows=*/{2}, {}};
};

TEST_F(ExplainClassesTest, ShowsClassesVotesEntropyAndStanding) {
  EXPECT_EQ(RenderExplanation(answer_, {}),
            R"(shoes version 2, 4 networks from seed 7

row 2: boot

class   mean  deviation  votes  0 to 1
boot   0.750      0.100      3  ################==--
bag    0.250      0.100      1  ####==--
shirt  0.000      0.000      0

votes: of the 4 networks, how many hold this class for the most probable one

entropy of the mean (0.5000) is
  expected entropy    0.4000   80 %  aleatoric: each network is unsure
  mutual information  0.1000   20 %  epistemic: the networks disagree

predictive_entropy 0.5 is above that of 195 of the 200 calibration rows
        0.1 |@    @           @                     @| 0.8
                                   ^ this row
  ood_score 0.9700, OUT OF DISTRIBUTION (the threshold is 0.95)
)");
}

TEST_F(ExplainClassesTest, CountsVotes) {
  EXPECT_THAT(Votes(answer_, 0), ElementsAre(1, 3, 0));
  const auto json = nlohmann::json::parse(ExplanationJson(answer_));
  EXPECT_EQ(json["rows"][0]["votes"], nlohmann::json({1, 3, 0}));
  EXPECT_EQ(json["calibration"]["rows"], 200);
}

TEST_F(ExplainClassesTest, SaysWhatTheModelLacks) {
  model_.manifest.calibration.reset();
  answer_.prediction.scores[0].ood_score.reset();
  EXPECT_THAT(RenderExplanation(answer_, {}),
              HasSubstr("no calibration rows to compare"));
}

// Whatever a server says, it is shown within the screen.
TEST_F(ExplainClassesTest, StandsRubbish) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  model_.manifest.class_names = {std::string(300, 'x'), "\x1b[2J", ""};
  model_.manifest.calibration->quantiles = {kNaN, 1e300, -1e300};
  answer_.prediction.mean = {kNaN, 1e30f, -1};
  answer_.prediction.variance = {kNaN, -1, 1e30f};
  answer_.prediction.network_outputs.assign(12, kNaN);
  answer_.prediction.scores[0].predictive_entropy = kNaN;
  const std::string text = RenderExplanation(answer_, {});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  FitsTheScreen(text);
}

class ExplainValuesTest : public testing::Test {
 protected:
  ExplainValuesTest() {
    model_.manifest.task = Task::kRegression;
    model_.manifest.input_shape = {1};
    model_.manifest.num_outputs = 1;
    model_.manifest.output_names = {"price"};
    dataset_.row_shape = {1};
    dataset_.rows = 1;
    dataset_.values = {0.5};
    dataset_.target_size = 1;
    dataset_.targets = {2.5};
    Prediction& prediction = answer_.prediction;
    prediction.model = "house";
    prediction.model_version = "1";
    prediction.seed = 7;
    prediction.num_networks = 5;
    prediction.rows = 1;
    prediction.num_outputs = 1;
    prediction.mean = {2};
    prediction.variance = {2.5};
    prediction.scores = {{.total_variance = 2.5}};
    prediction.network_outputs = {4, 2, 3, 0, 1};
  }

  Model model_;
  data::Dataset dataset_;
  Answer answer_{model_, dataset_, /*rows=*/{0}, {}};
};

TEST_F(ExplainValuesTest, ShowsTheBand) {
  const std::string text = RenderExplanation(answer_, {});
  EXPECT_THAT(text, HasSubstr("price      2      1.581  0.1 to 3.9    2.5"));
  EXPECT_THAT(text, Not(HasSubstr("interval")));
  FitsTheScreen(text);
}

TEST_F(ExplainValuesTest, ShowsWhereTheTruthIsExpected) {
  answer_.prediction.noise_variance = {1.44f};
  answer_.prediction.predictive_variance = {3.94f};
  answer_.prediction.interval_low = {-1.89f};
  answer_.prediction.interval_high = {5.89f};
  const std::string text = RenderExplanation(answer_, {});
  EXPECT_THAT(text, HasSubstr("1.2  0.1 to 3.9  -1.89 to 5.89"));
  FitsTheScreen(text);
}

TEST(QuantileTest, LiesBetweenTheNearestValues) {
  EXPECT_EQ(Quantile({1}, 0.3), 1);
  EXPECT_EQ(Quantile({0, 10}, 0.25), 2.5);
  EXPECT_EQ(Quantile({0, 1, 2}, 0), 0);
  EXPECT_EQ(Quantile({0, 1, 2}, 1), 2);
}

}  // namespace
}  // namespace hypergan::client
