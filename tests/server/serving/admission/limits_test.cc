#include "server/serving/admission/limits.h"

#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

using ::testing::HasSubstr;

void SetBad(int64_t& limit) { limit = -1; }
void SetBad(int& limit) { limit = -1; }
void SetBad(double& limit) { limit = std::numeric_limits<double>::quiet_NaN(); }
void SetBad(absl::Duration& limit) { limit = -absl::Seconds(1); }

// The first one, or OK.
absl::Status Problem(const Limits& limits) {
  const auto problems = CheckLimits(limits);
  return problems.empty() ? absl::OkStatus() : problems.front();
}

TEST(LimitsTest, TheDefaultsAreWithinTheirBounds) {
  EXPECT_TRUE(Problem(Limits()).ok()) << Problem(Limits());
}

TEST(LimitsTest, AllProblemsAreTold) {
  Limits limits;
  limits.max_rows = 0;
  limits.max_models = 0;
  EXPECT_EQ(CheckLimits(limits).size(), 2u);
}

TEST(LimitsTest, EachIsCheckedAndNamedWhenItIsOutOfBounds) {
  const auto expect_refused = [](const Limits& limits, const char* name) {
    const absl::Status status = Problem(limits);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("--", name, ": expected ")));
  };
#define HG_LIMIT(type, name, ...)  \
  {                                \
    Limits limits;                 \
    SetBad(limits.name);           \
    expect_refused(limits, #name); \
  }
#include "server/serving/admission/limits.inc"
#undef HG_LIMIT
}

TEST(LimitsTest, RoomForManyHoldsTheGreatestRequest) {
  Limits limits;
  limits.max_request_bytes = int64_t{100} << 20;
  EXPECT_THAT(std::string(Problem(limits).message()),
              HasSubstr("--max_queued_bytes: expected 200 MiB to"));
  limits.max_queued_bytes = int64_t{200} << 20;
  EXPECT_THAT(std::string(Problem(limits).message()),
              HasSubstr("--max_open_bytes: expected 328 MiB to"));
  limits.max_open_bytes = int64_t{400} << 20;
  EXPECT_TRUE(Problem(limits).ok());
  limits.max_transport_bytes = int64_t{100} << 20;
  EXPECT_THAT(std::string(Problem(limits).message()),
              HasSubstr("--max_transport_bytes: expected 200 MiB to"));
}

TEST(LimitsTest, ConnectionsMayHaveNoAgeButNotOneOfYears) {
  Limits limits;
  limits.max_connection_age = absl::InfiniteDuration();
  EXPECT_TRUE(Problem(limits).ok());
  limits.max_connection_age = absl::Hours(48);
  EXPECT_THAT(std::string(Problem(limits).message()),
              HasSubstr("--max_connection_age: expected 1s to 24h"));
}

TEST(LimitsTest, ShowsDefaultsAsPeopleReadThem) {
  std::set<std::string> shown;
  for (const LimitEntry& entry : LimitTable()) {
    shown.insert(absl::StrCat(entry.name, " ", entry.value));
    EXPECT_FALSE(entry.help.empty());
    EXPECT_FALSE(entry.beyond.empty());
  }
  for (const char* expected :
       {"max_networks 10,000", "max_request_bytes 16 MiB",
        "max_metadata_bytes 8 KiB", "max_request_time 1m",
        "max_client_share 0.75", "max_queued_row_networks 1,280,000"}) {
    EXPECT_TRUE(shown.contains(expected)) << expected;
  }
}

// The page's table is this one.
TEST(LimitsTest, DocsHaveTheTable) {
  std::string table = "| flag | default | beyond it |\n|---|---|---|\n";
  for (const LimitEntry& entry : LimitTable()) {
    absl::StrAppend(&table, "| `--", entry.name, "` | ", entry.value, " | ",
                    entry.beyond, " |\n");
  }
  std::ifstream file(HYPERGAN_SOURCE_DIR "/docs/operations.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(table), std::string::npos)
      << "docs/operations.md: expected this table of limits:\n"
      << table;
}

}  // namespace
}  // namespace hypergan::server
