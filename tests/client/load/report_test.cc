#include "client/load/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "client/load/report_json.h"
#include "client/load/report_view.h"

namespace hypergan::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// 1 to 1,000 ms, largest first.
Recording Thousand() {
  Recording recording;
  for (int i = 1000; i >= 1; --i) {
    recording.latencies.push_back(i * 1e-3);
    recording.queue.push_back(static_cast<float>(i) / 16);
    recording.sampling.push_back(static_cast<float>(i) / 32);
    recording.prediction.push_back(static_cast<float>(i) / 64);
  }
  recording.completed_requests = 500;
  recording.completed_rows = 1000;
  recording.completed_evaluations = 10'000;
  recording.networks = 10;
  recording.window = 4;
  recording.late = 7;
  recording.not_started = 8;
  recording.errors[absl::StatusCode::kUnavailable] = {3, "dra\xffining\x1b"};
  recording.errors[absl::StatusCode::kInternal] = {2, "bad"};
  return recording;
}

Setting OpenSetting() {
  return {.model = "digits",
          .model_version = "3",
          .load = {.rate = 125, .max_in_flight = 9},
          .connections = 2,
          .rows = 2,
          .seed = 40,
          .seeds = 5};
}

TEST(ReportTest, SummarisesARecording) {
  const Report report = MakeReport(OpenSetting(), Thousand());
  EXPECT_EQ(report.succeeded, 1000);
  EXPECT_EQ(report.failed, 5);
  EXPECT_DOUBLE_EQ(report.latency.mean, 0.5005);
  EXPECT_DOUBLE_EQ(report.latency.min, 0.001);
  EXPECT_DOUBLE_EQ(report.latency.p50, 0.500);
  EXPECT_DOUBLE_EQ(report.latency.p90, 0.900);
  EXPECT_DOUBLE_EQ(report.latency.p99, 0.990);
  EXPECT_DOUBLE_EQ(report.latency.p999, 0.999);
  EXPECT_DOUBLE_EQ(report.latency.max, 1);
  EXPECT_DOUBLE_EQ(report.queue, 500.0 / 16);
  EXPECT_DOUBLE_EQ(report.sampling, 500.0 / 32);
  EXPECT_DOUBLE_EQ(report.prediction, 500.0 / 64);
  EXPECT_EQ(report.requests_per_second, 125);
  EXPECT_EQ(report.rows_per_second, 250);
  EXPECT_EQ(report.evaluations_per_second, 2500);
}

TEST(ReportTest, SaysNothingOfNothing) {
  const Report report = MakeReport({}, {});
  EXPECT_EQ(report.requests_per_second, 0);
  EXPECT_EQ(report.latency.p50, 0);
  EXPECT_THAT(RenderReport(report, client::Style::kAscii),
              HasSubstr("0 requests succeeded, 0 failed"));
}

TEST(ReportJsonTest, HasTheDocumentedFields) {
  const auto json =
      nlohmann::json::parse(ReportJson(MakeReport(OpenSetting(), Thousand())));
  EXPECT_EQ(json["model"], "digits");
  EXPECT_EQ(json["model_version"], "3");
  EXPECT_EQ(json["num_networks"], 10);
  EXPECT_EQ(json["rows"], 2);
  EXPECT_EQ(json["seed"], 40);
  EXPECT_EQ(json["seeds"], 5);
  EXPECT_EQ(json["load"],
            nlohmann::json(
                {{"mode", "open"}, {"rate", 125.0}, {"max_in_flight", 9}}));
  EXPECT_EQ(json["connections"], 2);
  EXPECT_EQ(json["warm_up_seconds"], 2.0);
  EXPECT_EQ(json["measured_seconds"], 4.0);
  EXPECT_EQ(json["interrupted"], false);
  EXPECT_EQ(json["requests"], nlohmann::json({{"succeeded", 1000},
                                              {"failed", 5},
                                              {"unfinished", 0},
                                              {"late", 7},
                                              {"not_started", 8}}));
  EXPECT_EQ(json["errors"]["UNAVAILABLE"]["count"], 3);
  EXPECT_EQ(json["errors"]["INTERNAL"]["first"], "bad");
  for (const char* name : {"mean", "min", "p50", "p90", "p99", "p999", "max"}) {
    EXPECT_TRUE(json["latency_seconds"][name].is_number()) << name;
  }
  EXPECT_DOUBLE_EQ(json["latency_seconds"]["p99"], 0.99);
  EXPECT_EQ(json["per_second"],
            nlohmann::json({{"requests", 125.0},
                            {"rows", 250.0},
                            {"network_evaluations", 2500.0}}));
  EXPECT_DOUBLE_EQ(json["server_p50_seconds"]["queue"], 500.0 / 16);
  EXPECT_DOUBLE_EQ(json["server_p50_seconds"]["sampling"], 500.0 / 32);
  EXPECT_DOUBLE_EQ(json["server_p50_seconds"]["prediction"], 500.0 / 64);
}

TEST(ReportJsonTest, GivesASeedThatAFloat64RoundsAsText) {
  Setting setting = OpenSetting();
  setting.seed = ~uint64_t{0};
  const auto json =
      nlohmann::json::parse(ReportJson(MakeReport(setting, Thousand())));
  EXPECT_EQ(json["seed"], "18446744073709551615");
}

TEST(ReportJsonTest, LeavesOutTheSeedOfFreshNetworks) {
  Setting setting;
  setting.load.concurrency = 16;
  const auto json =
      nlohmann::json::parse(ReportJson(MakeReport(setting, Thousand())));
  EXPECT_FALSE(json.contains("seed"));
  EXPECT_FALSE(json.contains("seeds"));
  EXPECT_EQ(json["load"],
            nlohmann::json({{"mode", "closed"}, {"concurrency", 16}}));
}

TEST(ReportViewTest, ShowsWhatWasMeasured) {
  const std::string text = RenderReport(MakeReport(OpenSetting(), Thousand()),
                                        client::Style::kAscii);
  for (const char* part :
       {"digits version 3: 10 networks x 2 rows, 5 seeds from 40\n",
        "open loop, 125 a second, at most 9 at a time; 2 connections",
        "measured for 4.00 s\n", "p99.9", "999.0 ms", "network evaluations",
        "2500", "1000 requests succeeded, 5 failed\n", "UNAVAILABLE 3: dra",
        "ining?\n", "8 were due and never sent"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, HasSubstr("1.000 ms |"));
  EXPECT_THAT(text, Not(HasSubstr("interrupted")));
}

}  // namespace
}  // namespace hypergan::load
