#include "client/load/report_view.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/terminal/histogram.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"

namespace hypergan::load {
namespace {

using client::Align;
using client::Printable;
using client::Style;
using client::Table;

constexpr int kHistogramColumns = 60;

// As many digits as say something: "0.412 ms", "12.9 ms", "1204 ms".
std::string Milliseconds(double seconds) {
  const double ms = seconds * 1e3;
  const int decimals = ms < 10 ? 3 : ms < 1000 ? 1 : 0;
  return absl::StrFormat("%.*f ms", decimals, ms);
}

std::string Rate(double per_second) {
  return absl::StrFormat("%.*f", per_second < 100 ? 1 : 0, per_second);
}

std::string DescribeLoad(const LoadOptions& load) {
  if (!load.rate.has_value()) {
    return absl::StrCat("closed loop, ", load.concurrency, " at a time");
  }
  return absl::StrCat("open loop, ", *load.rate, " a second, at most ",
                      load.max_in_flight, " at a time");
}

std::string DescribeSeeds(const Setting& setting) {
  if (!setting.seed.has_value()) return "fresh networks";
  if (setting.seeds == 1) return absl::StrCat("seed ", *setting.seed);
  return absl::StrCat(setting.seeds, " seeds from ", *setting.seed);
}

std::string Heading(const Report& report) {
  const Setting& setting = report.setting;
  return absl::StrCat(
      Printable(setting.model), " version ", Printable(setting.model_version),
      ": ", report.networks, " networks x ", setting.rows, " rows, ",
      DescribeSeeds(setting), "\n", DescribeLoad(setting.load), "; ",
      setting.connections,
      setting.connections == 1 ? " connection" : " connections",
      absl::StrFormat("; measured for %.2f s%s\n\n", report.window,
                      report.interrupted ? " until interrupted" : ""));
}

std::string Throughput(const Report& report) {
  Table table({{"PER SECOND"}, {"", Align::kRight}});
  table.AddRow({"requests", Rate(report.requests_per_second)});
  table.AddRow({"rows", Rate(report.rows_per_second)});
  table.AddRow({"network evaluations", Rate(report.evaluations_per_second)});
  return table.Render();
}

std::string Latencies(const Report& report) {
  const LatencySummary& latency = report.latency;
  Table table({{"LATENCY"},
               {"", Align::kRight},
               {"SERVER'S P50"},
               {"", Align::kRight}});
  table.AddRow(
      {"p50", Milliseconds(latency.p50), "queue", Milliseconds(report.queue)});
  table.AddRow({"p90", Milliseconds(latency.p90), "sampling",
                Milliseconds(report.sampling)});
  table.AddRow({"p99", Milliseconds(latency.p99), "prediction",
                Milliseconds(report.prediction)});
  table.AddRow({"p99.9", Milliseconds(latency.p999), "", ""});
  table.AddRow({"max", Milliseconds(latency.max), "", ""});
  table.AddRow({"mean", Milliseconds(latency.mean), "", ""});
  return table.Render();
}

std::string Spread(const Report& report, Style style) {
  if (report.latencies.empty()) return "";
  std::vector<double> logarithms;
  logarithms.reserve(report.latencies.size());
  for (double latency : report.latencies) {
    // A nanosecond at least: nothing is faster, and zero has no logarithm.
    logarithms.push_back(std::log10(std::max(latency, 1e-9)));
  }
  return absl::StrCat(
      Milliseconds(report.latency.min), " |",
      client::Histogram(logarithms, logarithms.front(), logarithms.back(),
                        kHistogramColumns, style),
      "| ", Milliseconds(report.latency.max), "\n");
}

std::string Counts(const Report& report) {
  std::string text = absl::StrCat(report.succeeded, " requests succeeded, ",
                                  report.failed, " failed");
  if (report.unfinished > 0) {
    absl::StrAppend(&text, ", ", report.unfinished, " cancelled at the end");
  }
  absl::StrAppend(&text, "\n");
  for (const auto& [code, error] : report.errors) {
    absl::StrAppend(&text, "  ", absl::StatusCodeToString(code), " ",
                    error.count, ": ", Printable(error.first), "\n");
  }
  if (report.late > 0) {
    absl::StrAppend(&text, report.late, " were sent later than intended by ",
                    absl::FormatDuration(kLate), " or more\n");
  }
  if (report.not_started > 0) {
    absl::StrAppend(&text, report.not_started,
                    " were due and never sent, for want of room: the latencies "
                    "are too low\n");
  }
  return text;
}

}  // namespace

std::string RenderReport(const Report& report, Style style) {
  return absl::StrCat(Heading(report), Throughput(report), "\n",
                      Latencies(report), "\n", Spread(report, style), "\n",
                      Counts(report));
}

}  // namespace hypergan::load
