#include "trainer/evaluation/records/result.h"

#include <cmath>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace hypergan::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

Picture SmallPicture() {
  Picture picture;
  picture.height = 1;
  picture.width = 2;
  picture.channels = 3;
  picture.pixels = {0, 127, 255, 1, 2, 3};
  picture.caption = "7, \"taken\" for 1\xc3\xa9";
  picture.score = 1.5;
  return picture;
}

// Every field is something else than it is by default.
ExperimentResult FullResult() {
  ExperimentResult r;
  r.experiment = "mnist";
  r.method = "hypergan";
  r.variant = "paper";
  r.seed = std::numeric_limits<uint64_t>::max();
  r.date = "2026-11-25";
  r.command = "hypergan-trainer experiment mnist";
  r.program_version = "0.1.0";
  r.parameters = 31594;
  r.device = "cuda";
  r.threads = 2;
  r.training_seconds = 0.1;
  r.core_seconds = 1e-300;
  r.networks = 100;
  r.figures = {{"accuracy_1", 0.9864}, {"nll", 1.0 / 3}};
  r.epochs = {{3, {{"loss", 0.25}}, {0.5, 1.5}}};
  r.reliability_single = {{0.5, 0.25, 0.125}};
  r.reliability = {{0.75, 0.5, 1}, {0, 0, 0}};
  Separation separation{0.9, 0.8, 0.7, 0.6, {0, 1}, {0.5, 1}, {0, 1}, {2, 3}};
  r.outside = {{"notmnist", 10000, 9000, {{"variance", separation}}}};
  r.row_right = {1, 0};
  r.row_losses = {0.25F, 1e-30F};
  r.shifts = {{"noise", {{0.04, {{"accuracy", 0.5}}}}}};
  r.attacks = {
      {"fgsm",
       "network",
       {{0.01, 0.9, 0.95, 0.85, {{"variance", 0.6}}, {{"variance", 0.1}}}}}};
  r.attacks[0].steps = 40;
  r.bands = {{10, {0, 1}, {0, 1}, {0.1, 1.1}, {0.2, 0.3}}};
  r.observations_x = {-4, 4};
  r.observations_y = {-64, 64};
  r.most_uncertain = {SmallPicture()};
  r.least_uncertain = {SmallPicture(), SmallPicture()};
  r.filters = {{SmallPicture()}, {SmallPicture(), SmallPicture()}};
  return r;
}

// FullResult as JSON, with the value at a JSON pointer replaced.
std::string With(const std::string& pointer, const Json& value) {
  Json json = Json::parse(ResultToJson(FullResult()));
  json[Json::json_pointer(pointer)] = value;
  return json.dump();
}

std::string Without(const std::string& parent, const std::string& field) {
  Json json = Json::parse(ResultToJson(FullResult()));
  json[Json::json_pointer(parent)].erase(field);
  return json.dump();
}

std::string MessageOf(const std::string& json) {
  const auto result = ParseResult(json);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(result.status().message());
}

TEST(ResultTest, SurvivesTheRoundTripThroughJson) {
  const std::string json = ResultToJson(FullResult());
  const auto again = ParseResult(json);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ResultToJson(*again), json);
  EXPECT_EQ(again->seed, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(again->core_seconds, 1e-300);
  EXPECT_EQ(again->figures.at("nll"), 1.0 / 3);
  EXPECT_THAT(again->epochs[0].layer_diversity, ElementsAre(0.5, 1.5));
  EXPECT_EQ(again->reliability[0].confidence, 0.75);
  const Separation& separation = again->outside[0].scores.at("variance");
  EXPECT_EQ(separation.fpr95, 0.6);
  EXPECT_THAT(separation.roc_fpr, ElementsAre(0, 1));
  EXPECT_THAT(separation.outside_quantiles, ElementsAre(2, 3));
  EXPECT_EQ(again->attacks[0].points[0].mean_score.at("variance"), 0.1);
  EXPECT_EQ(again->attacks[0].points[0].accuracy_fresh, 0.85);
  EXPECT_EQ(again->attacks[0].steps, 40);
  EXPECT_FALSE(again->attacks[0].restarts.has_value());
  EXPECT_THAT(again->row_right, ElementsAre(1, 0));
  EXPECT_THAT(again->row_losses, ElementsAre(0.25F, 1e-30F));
  EXPECT_EQ(again->shifts[0].points[0].figures.at("accuracy"), 0.5);
  EXPECT_THAT(again->bands[0].deviation, ElementsAre(0.2, 0.3));
  EXPECT_THAT(again->most_uncertain[0].pixels,
              ElementsAre(0, 127, 255, 1, 2, 3));
  EXPECT_EQ(again->most_uncertain[0].caption, SmallPicture().caption);
  EXPECT_EQ(again->filters[1].size(), 2u);
}

// Were a field forgotten in result.cc, the text would not have its name.
TEST(ResultTest, WritesEveryField) {
  const Json json = Json::parse(ResultToJson(FullResult()));
  EXPECT_EQ(json.size(), 28u);
  EXPECT_EQ(json["outside"][0]["scores"]["variance"].size(), 8u);
  EXPECT_EQ(json["attacks"][0]["points"][0].size(), 6u);
  EXPECT_EQ(json["shifts"][0]["points"][0].size(), 2u);
  EXPECT_EQ(json["most_uncertain"][0].size(), 6u);
}

TEST(ResultTest, EmptyListsAreLeftOutAndReadAsEmpty) {
  ExperimentResult small;
  small.experiment = "mnist";
  small.method = "mc-dropout";
  const std::string json = ResultToJson(small);
  EXPECT_THAT(json, Not(HasSubstr("outside")));
  const auto again = ParseResult(json);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->outside.empty());
  EXPECT_TRUE(again->filters.empty());
}

// As those of before it was measured do.
TEST(ResultTest, AnAttackMayLackFreshNetworks) {
  const auto result =
      ParseResult(Without("/attacks/0/points/0", "accuracy_fresh"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->attacks[0].points[0].accuracy_fresh.has_value());
  EXPECT_THAT(ResultToJson(*result), Not(HasSubstr("accuracy_fresh")));
}

TEST(ResultTest, WhatIsNotFiniteIsReadAsNoNumber) {
  ExperimentResult result = FullResult();
  result.figures["nll"] = std::numeric_limits<double>::infinity();
  result.bands[0].mean[1] = std::nan("");
  const auto again = ParseResult(ResultToJson(result));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(std::isnan(again->figures.at("nll")));
  EXPECT_TRUE(std::isnan(again->bands[0].mean[1]));
}

TEST(ResultTest, TextThatIsNotUtf8IsWrittenAllTheSame) {
  ExperimentResult result = FullResult();
  result.command = "\xff";
  EXPECT_TRUE(ParseResult(ResultToJson(result)).ok());
}

TEST(ResultTest, ASeedMayBeANumberOrText) {
  const uint64_t most = std::numeric_limits<uint64_t>::max();
  EXPECT_THAT(ResultToJson(FullResult()),
              HasSubstr("\"seed\":\"18446744073709551615\""));
  EXPECT_EQ(ParseResult(With("/seed", most))->seed, most);
  EXPECT_EQ(ParseResult(With("/seed", "7"))->seed, 7);
  for (const char* text : {"", "x", "-1", "1.5", "18446744073709551616"}) {
    EXPECT_THAT(MessageOf(With("/seed", text)),
                HasSubstr("seed: expected an integer, got string"));
  }
}

TEST(ResultTest, PassesOverFieldsThatItDoesNotKnow) {
  EXPECT_TRUE(ParseResult(With("/added_later", 1)).ok());
}

TEST(ResultTest, NamesTheFieldThatIsMissingOrWrong) {
  EXPECT_THAT(MessageOf("[1]"), HasSubstr("JSON object"));
  EXPECT_THAT(MessageOf("{\"experiment\": "), HasSubstr("JSON object"));
  EXPECT_THAT(MessageOf(Without("", "method")), HasSubstr("'method'"));
  EXPECT_THAT(MessageOf(Without("/outside/0/scores/variance", "auroc")),
              HasSubstr("'outside[0].scores.variance.auroc'"));
  EXPECT_THAT(MessageOf(With("/seed", 1.5)),
              HasSubstr("seed: expected an integer, got number"));
  EXPECT_THAT(MessageOf(With("/seed", -1)),
              HasSubstr("seed: expected 0..18446744073709551615, got -1"));
  EXPECT_THAT(MessageOf(With("/threads", int64_t{1} << 40)),
              HasSubstr("threads: expected -2147483648..2147483647"));
  EXPECT_THAT(MessageOf(With("/networks", uint64_t{1} << 63)),
              HasSubstr("networks: expected"));
  EXPECT_THAT(MessageOf(With("/date", 20261125)),
              HasSubstr("date: expected a text, got number"));
  EXPECT_THAT(MessageOf(With("/epochs/0/figures/loss", "low")),
              HasSubstr("epochs[0].figures.loss: expected a number"));
  EXPECT_THAT(MessageOf(With("/bands/0", 7)),
              HasSubstr("bands[0]: expected an object"));
  EXPECT_THAT(MessageOf(With("/figures", Json::array())),
              HasSubstr("figures: expected an object, got array"));
  EXPECT_THAT(MessageOf(With("/attacks", "fgsm")),
              HasSubstr("attacks: expected a list"));
  EXPECT_THAT(MessageOf(With("/most_uncertain/0/pixels", "%%%")),
              HasSubstr("most_uncertain[0].pixels: expected bytes in base64"));
  EXPECT_THAT(MessageOf(With("/row_losses", "AAA=")),  // two bytes
              HasSubstr("row_losses: expected float32 in base64"));
  EXPECT_THAT(MessageOf(With("/experiment", "")), HasSubstr("'experiment'"));
}

TEST(ResultTest, RefusesPartsThatDoNotFitTogether) {
  EXPECT_THAT(MessageOf(With("/outside/0/scores/variance/roc_fpr", {0})),
              HasSubstr("got 1 and 2"));
  EXPECT_THAT(MessageOf(With("/bands/0/mean", {1, 2, 3})),
              HasSubstr("got 2 and 3"));
  EXPECT_THAT(MessageOf(With("/row_right", "AQ==")),
              HasSubstr("row_right and row_losses"));
  EXPECT_THAT(MessageOf(With("/observations_y", {1})),
              HasSubstr("observations_x and observations_y"));
  EXPECT_THAT(MessageOf(With("/filters/1/0/height", 2)),
              HasSubstr("filters[1][0].pixels: expected 12 bytes, got 6"));
  EXPECT_THAT(MessageOf(With("/least_uncertain/1/channels", 2)),
              HasSubstr("channels: expected 1 or 3, got 2"));
  EXPECT_THAT(MessageOf(With("/most_uncertain/0/width", -2)),
              HasSubstr("got 1 x -2"));
  EXPECT_THAT(MessageOf(With("/most_uncertain/0/width", int64_t{1} << 62)),
              HasSubstr("sides of 1..1024"));
}

TEST(ResultTest, RefusesWhatIsBeyondItsBounds) {
  EXPECT_THAT(MessageOf(std::string(kMaxResultBytes + 1, ' ')),
              HasSubstr("bytes: expected at most"));
  EXPECT_THAT(MessageOf(With("/command", std::string(kMaxResultText + 1, 'x'))),
              HasSubstr("bytes of command: expected at most 4096, got 4097"));
  EXPECT_THAT(MessageOf(With("/observations_x",
                             std::vector<double>(kMaxResultNumbers + 1, 0.0))),
              HasSubstr("observations_x: expected at most 65536, got 65537"));
  EXPECT_THAT(
      MessageOf(With("/epochs", std::vector<int>(kMaxResultRecords + 1, 0))),
      HasSubstr("epochs: expected at most 4096, got 4097"));
  Json many = Json::object();
  for (size_t i = 0; i <= kMaxResultRecords; ++i) many[std::to_string(i)] = 0;
  EXPECT_THAT(MessageOf(With("/figures", many)),
              HasSubstr("figures: expected at most 4096, got 4097"));
  const std::string name(kMaxResultText + 1, 'x');
  EXPECT_THAT(MessageOf(With("/figures/" + name, 1)),
              HasSubstr("bytes of a name in figures"));
}

}  // namespace
}  // namespace hypergan::trainer
