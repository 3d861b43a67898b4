#include "hypergan/checkpoint/manifest.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSmallest[] = R"({"format_version": 1, "task": "classification",
  "noise_size": 4, "input_shape": [1, 2, 3], "num_outputs": 2})";

// kSmallest with `from` replaced by `to`.
std::string With(const std::string& from, const std::string& to) {
  std::string json = kSmallest;
  json.replace(json.find(from), from.size(), to);
  return json;
}

std::string MessageOf(const std::string& json) {
  const auto manifest = ParseManifest(json);
  EXPECT_EQ(manifest.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(manifest.status().message());
}

TEST(ManifestTest, ReadsTheSmallestManifestWithDefaults) {
  const auto manifest = ParseManifest(kSmallest);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->task, Task::kClassification);
  EXPECT_THAT(manifest->input_shape, ElementsAre(1, 2, 3));
  EXPECT_EQ(manifest->RowSize(), 6);
  EXPECT_EQ(manifest->default_num_networks, 100);
  EXPECT_FALSE(manifest->calibration.has_value());
}

TEST(ManifestTest, KeepsTheNoiseTheRangeAndTheNamesOfARegression) {
  Manifest manifest = *ParseManifest(kSmallest);
  manifest.task = Task::kRegression;
  manifest.input_shape = {2};
  manifest.noise_deviation = {0.5, 0};
  manifest.input_range = {{-1, 0}, {1, 0}};
  manifest.input_names = {"age", "weight"};
  manifest.output_names = {"a", "b"};
  const auto again = ParseManifest(ManifestToJson(manifest));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(again->noise_deviation, ElementsAre(0.5, 0));
  EXPECT_THAT(again->input_range.least, ElementsAre(-1, 0));
  EXPECT_THAT(again->input_range.greatest, ElementsAre(1, 0));
  EXPECT_THAT(again->input_names, ElementsAre("age", "weight"));
  EXPECT_THAT(again->output_names, ElementsAre("a", "b"));
}

TEST(ManifestTest, KeepsTheCalibrationOfLabels) {
  Manifest manifest = *ParseManifest(kSmallest);
  manifest.label_calibration = LabelCalibration{4, {0.1, 0.5}};
  const auto again = ParseManifest(ManifestToJson(manifest));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->label_calibration->rows, 4);
  EXPECT_THAT(again->label_calibration->quantiles, ElementsAre(0.1, 0.5));
}

TEST(ManifestTest, RefusesNoiseRangesAndNamesThatDoNotFit) {
  const auto message = [](const std::string& field) {
    return MessageOf(With("\"task\"", field + R"(, "task")"));
  };
  EXPECT_THAT(message(R"("noise_deviation": [1, 1])"),
              HasSubstr("of the outputs of a regression"));
  EXPECT_THAT(message(R"("input_range": {"least": [0, 1], "greatest": [1]})"),
              HasSubstr("input_range: expected 1 finite numbers"));
  EXPECT_THAT(message(R"("input_range": {"least": [2], "greatest": [1]})"),
              HasSubstr("input_range"));
  EXPECT_THAT(message(R"("input_names": ["a"])"),
              HasSubstr("input_names: expected 6 or none, got 1"));
  EXPECT_THAT(message(R"("output_names": ["a"])"),
              HasSubstr("output_names: expected 2 or none, got 1"));
  EXPECT_THAT(
      message(R"("label_calibration": {"rows": 1, "quantiles": [0, 1]})"),
      HasSubstr("label_calibration"));
  EXPECT_THAT(
      message(R"("label_calibration": {"rows": 2, "quantiles": [1, 0]})"),
      HasSubstr("label_calibration"));
}

TEST(ManifestTest, KeepsMembersAndTheTemperatureOfThePool) {
  Manifest manifest = *ParseManifest(kSmallest);
  EXPECT_EQ(manifest.members, 1);
  EXPECT_EQ(manifest.pool_temperature, 1);
  EXPECT_THAT(ManifestToJson(manifest), Not(HasSubstr("members")));
  manifest.members = 10'000;
  manifest.pool_temperature = 0.75;
  const auto again = ParseManifest(ManifestToJson(manifest));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->members, 10'000);
  EXPECT_EQ(again->pool_temperature, 0.75);
}

TEST(ManifestTest, RefusesMembersAndTemperaturesOutsideTheirBounds) {
  const auto message = [](const std::string& field) {
    return MessageOf(With("\"task\"", field + R"(, "task")"));
  };
  EXPECT_THAT(message(R"("members": 10001)"),
              HasSubstr("members: expected 1..10000, got 10001"));
  EXPECT_THAT(message(R"("members": 0)"), HasSubstr("members"));
  EXPECT_THAT(message(R"("pool_temperature": 65)"),
              HasSubstr("pool_temperature: expected 1/64..64"));
  EXPECT_THAT(message(R"("pool_temperature": 0)"),
              HasSubstr("pool_temperature"));
  Manifest regression = *ParseManifest(kSmallest);
  regression.task = Task::kRegression;
  regression.pool_temperature = 2;
  EXPECT_THAT(MessageOf(ManifestToJson(regression)),
              HasSubstr("of a classification, got 2"));
}

TEST(ManifestTest, SurvivesTheRoundTripThroughJson) {
  Manifest manifest = *ParseManifest(kSmallest);
  manifest.class_names = {"in", "out"};
  manifest.calibration = Calibration{"predictive_entropy",
                                     3,
                                     0.9,
                                     {0, 0.5, 2},
                                     50,
                                     {{2, {0, 1}}, {60, {3}}},
                                     {{"mutual_information", {0, 0.25}}}};
  manifest.target_network = "tiny";
  manifest.target_network_json = R"({"name":"tiny"})";
  manifest.provenance = {{"data", "generated:cubic"}};
  manifest.validation = {{"accuracy_1", 0.5}};
  const auto again = ParseManifest(ManifestToJson(manifest));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ManifestToJson(*again), ManifestToJson(manifest));
  EXPECT_EQ(again->class_names, manifest.class_names);
  EXPECT_THAT(again->calibration->quantiles, ElementsAre(0, 0.5, 2));
  EXPECT_EQ(again->calibration->threshold, 0.9);
  EXPECT_EQ(again->calibration->networks, 50);
  ASSERT_EQ(again->calibration->other_networks.size(), 2u);
  EXPECT_EQ(again->calibration->other_networks[0].networks, 2);
  EXPECT_THAT(again->calibration->other_networks[1].quantiles, ElementsAre(3));
  ASSERT_EQ(again->calibration->other_scores.size(), 1u);
  EXPECT_EQ(again->calibration->other_scores[0].score, "mutual_information");
  EXPECT_THAT(again->calibration->other_scores[0].quantiles,
              ElementsAre(0, 0.25));
  EXPECT_EQ(again->target_network, "tiny");
}

TEST(ManifestTest, NamesTheFieldThatIsMissingOrWrong) {
  EXPECT_THAT(MessageOf("[]"), HasSubstr("JSON object"));
  EXPECT_THAT(MessageOf("{\"format_version\": 1"), HasSubstr("JSON object"));
  EXPECT_THAT(MessageOf(With("\"noise_size\": 4,", "")),
              HasSubstr("noise_size"));
  EXPECT_THAT(MessageOf(With("\"noise_size\": 4", "\"noise_size\": \"4\"")),
              HasSubstr("noise_size"));
  EXPECT_THAT(MessageOf(With("\"noise_size\": 4", "\"noise_size\": 4.5")),
              HasSubstr("noise_size"));
  EXPECT_THAT(MessageOf(With("classification", "guessing")),
              HasSubstr("guessing"));
  EXPECT_THAT(MessageOf(With("version\": 1", "version\": 2")),
              HasSubstr("expected 1, got 2"));
}

TEST(ManifestTest, TakesWholeNumbersForWholeNumbersAlone) {
  for (const char* number : {"1.0", "1.5", "1e3", "true", "null", "\"1\"",
                             "[1]", "18446744073709551617",
                             "9223372036854775808", "-9223372036854775809"}) {
    const std::string one = number;
    EXPECT_THAT(MessageOf(With("\"noise_size\": 4", "\"noise_size\": " + one)),
                HasSubstr("noise_size"));
    EXPECT_THAT(MessageOf(With("[1, 2, 3]", "[" + one + ", 2, 3]")),
                HasSubstr("input_shape"));
    EXPECT_THAT(MessageOf(With("version\": 1", "version\": " + one)),
                HasSubstr("format_version"));
    EXPECT_THAT(MessageOf(With("\"task\"", R"("calibration": {"primary_score":
        "total_variance", "quantiles": [1], "rows": )" +
                                               one + "}, \"task\"")),
                HasSubstr("rows"));
  }
}

TEST(ManifestTest, TakesNoBooleanForANumber) {
  EXPECT_THAT(MessageOf(With("\"task\"", R"("calibration": {"primary_score":
      "total_variance", "rows": 1, "quantiles": [true]}, "task")")),
              HasSubstr("quantiles"));
  EXPECT_THAT(
      MessageOf(With("\"task\"", R"("validation": {"a": false}, "task")")),
      HasSubstr("validation"));
}

TEST(ManifestTest, QuotesAndCutsWhatTheTextSays) {
  const std::string message = MessageOf(
      With("classification", "\\n2026\\u001b[2J" + std::string(100'000, 'x')));
  EXPECT_THAT(message, HasSubstr(R"('\n2026\x1b[2Jxx)"));
  EXPECT_LT(message.size(), 300u);
}

TEST(ManifestTest, RefusesSizesOutsideTheirBounds) {
  EXPECT_THAT(MessageOf(With("\"noise_size\": 4", "\"noise_size\": 65537")),
              HasSubstr("noise_size: expected 1..65536, got 65537"));
  EXPECT_THAT(MessageOf(With("outputs\": 2", "outputs\": 0")),
              HasSubstr("num_outputs"));
  EXPECT_THAT(MessageOf(With("[1, 2, 3]", "[]")), HasSubstr("input_shape"));
  EXPECT_THAT(MessageOf(With("[1, 2, 3]", "[-1, 2, 3]")),
              HasSubstr("input_shape"));
  EXPECT_THAT(MessageOf(With("[1, 2, 3]", "[1,1,1,1,1,1,1,1,1]")),
              HasSubstr("input_shape"));
  // The product overflows long before the dimensions are out of bounds.
  EXPECT_THAT(
      MessageOf(With("[1, 2, 3]", "[1048576, 1048576, 1048576, 1048576]")),
      HasSubstr("numbers in a row"));
}

TEST(ManifestTest, RefusesAPrimaryScoreThatThereIsNot) {
  EXPECT_THAT(MessageOf(With("\"task\"",
                             R"("calibration": {"primary_score": "mood",
                        "rows": 1, "quantiles": [1]}, "task")")),
              HasSubstr("got 'mood'"));
}

// With `fields` in its calibration.
std::string Calibrated(const std::string& fields) {
  return With("\"task\"", R"("calibration": {"primary_score": "total_variance",
      "rows": 2, "quantiles": [1, 2])" +
                              fields + "}, \"task\"");
}

TEST(ManifestTest, TakesQuantilesOfUnknownRowsForAllThereIs) {
  const auto manifest = ParseManifest(
      With("\"task\"", R"("calibration": {"primary_score": "total_variance",
      "rows": 0, "quantiles": [1, 2, 3]}, "task")"));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->calibration->rows, 3);
}

TEST(ManifestTest, TakesACalibrationForTheDefaultNetworksUnlessItSays) {
  EXPECT_EQ(ParseManifest(Calibrated(""))->calibration->networks, 100);
  std::string json = Calibrated("");
  json.insert(1, "\"default_num_networks\": 5, ");
  EXPECT_EQ(ParseManifest(json)->calibration->networks, 5);
  EXPECT_EQ(
      ParseManifest(Calibrated(", \"networks\": 7"))->calibration->networks, 7);
}

TEST(ManifestTest, RefusesOtherNetworksThatAreNoCalibration) {
  const auto others = [](const std::string& list) {
    return MessageOf(Calibrated(", \"other_networks\": " + list));
  };
  const std::string two = R"({"networks": 2, "quantiles": [1]})";
  EXPECT_THAT(others("3"), HasSubstr("expected a list"));
  EXPECT_THAT(others("[3]"), HasSubstr("networks"));
  EXPECT_THAT(others("[{\"networks\": 2}]"), HasSubstr("quantiles"));
  EXPECT_THAT(others(R"([{"networks": 0, "quantiles": [1]}])"),
              HasSubstr("calibration networks: expected 1..1048576, got 0"));
  EXPECT_THAT(others(R"([{"networks": 2, "quantiles": [2, 1]}])"),
              HasSubstr("ascending"));
  EXPECT_THAT(others("[" + two + ", " + two + "]"), HasSubstr("got 2 after 2"));
  EXPECT_THAT(others(R"([{"networks": 100, "quantiles": [1]}])"),
              HasSubstr("none of them 100, got 100"));
  std::string many = two;
  for (int i = 3; i < 68; ++i) {
    many += R"(, {"quantiles": [1], "networks": )" + std::to_string(i) + "}";
  }
  EXPECT_THAT(others("[" + many + "]"), HasSubstr("at most 64"));
}

TEST(ManifestTest, RefusesOtherScoresThatAreNoScores) {
  const auto others = [](const std::string& json) {
    return MessageOf(Calibrated(", \"other_scores\": " + json));
  };
  EXPECT_THAT(others("3"), HasSubstr("other_scores: expected an object"));
  EXPECT_THAT(others(R"({"surprise": [1]})"),
              HasSubstr("other_scores: expected predictive_entropy"));
  EXPECT_THAT(others(R"({"mutual_information": 1})"),
              HasSubstr("mutual_information"));
  EXPECT_THAT(others(R"({"mutual_information": [2, 1]})"),
              HasSubstr("ascending"));
  EXPECT_THAT(others(R"({"total_variance": [1]})"),
              HasSubstr("other scores than the primary one"));
}

TEST(ManifestTest, RefusesRowsWhoseRanksWouldOverflow) {
  EXPECT_THAT(
      MessageOf(With("\"task\"",
                     R"("calibration": {"primary_score": "total_variance",
             "rows": 9223372036854775807, "quantiles": [1]}, "task")")),
      HasSubstr("calibration rows: expected 0..1099511627776"));
}

TEST(ManifestTest, RefusesAScoreThatARegressionLacks) {
  const std::string text = R"({"format_version": 1, "task": "regression",
      "noise_size": 3, "input_shape": [2], "num_outputs": 2,
      "calibration": {"primary_score": "predictive_entropy", "rows": 1,
                      "quantiles": [0.5]}})";
  EXPECT_THAT(ParseManifest(text).status().message(),
              HasSubstr("primary_score: expected total_variance"));
}

TEST(ManifestTest, RefusesJsonThatNestsTooDeep) {
  const auto text = [](int levels) {
    return R"({"target_network": {"name": "a", "b": "[\"[[", "layers": )" +
           std::string(levels, '[') + std::string(levels, ']') + "}}";
  };
  EXPECT_THAT(ParseManifest(text(63)).status().message(),
              HasSubstr("at most 64 levels"));
  EXPECT_THAT(ParseManifest(text(200'000)).status().message(),
              HasSubstr("at most 64 levels"));
  EXPECT_THAT(ParseManifest(text(62)).status().message(),
              HasSubstr("format_version"));
}

TEST(ManifestTest, RefusesTextThatIsTooLongUnread) {
  EXPECT_THAT(MessageOf(std::string(kMaxManifestBytes + 1, ' ')),
              HasSubstr("bytes"));
}

TEST(ManifestTest, RefusesDisorderedQuantilesAndMiscountedClassNames) {
  EXPECT_THAT(
      MessageOf(
          With("\"task\"",
               R"("calibration": {"primary_score": "total_variance", "rows": 2,
                        "quantiles": [2, 1]}, "task")")),
      HasSubstr("ascending"));
  EXPECT_THAT(MessageOf(With("\"task\"", R"("class_names": ["a"], "task")")),
              HasSubstr("class_names: expected 2 or none, got 1"));
}

}  // namespace
}  // namespace hypergan
