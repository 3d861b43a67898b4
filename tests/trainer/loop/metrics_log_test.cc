#include "trainer/loop/metrics_log.h"

#include <sys/resource.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/signals.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

class MetricsLogTest : public ::testing::Test {
 protected:
  std::string Text() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // What opening makes of a file of that text.
  std::string Opened(const std::string& text) {
    folder_.Write("metrics.jsonl", text);
    const auto log = MetricsLog::Open(path_);
    EXPECT_TRUE(log.ok()) << log.status();
    return Text();
  }

  const TempFolder folder_;
  const std::string path_ = folder_.Path("metrics.jsonl");
};

TEST_F(MetricsLogTest, AppendsALineARecord) {
  for (int i = 0; i < 2; ++i) {
    const auto log = MetricsLog::Open(path_);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_TRUE(log->is_locked());
    ASSERT_TRUE(log->Append({{"step", i}}).ok());
  }
  EXPECT_EQ(Text(), "{\"step\":0}\n{\"step\":1}\n");
}

TEST_F(MetricsLogTest, CutsOffALastLineThatIsTorn) {
  EXPECT_EQ(Opened(""), "");
  EXPECT_EQ(Opened("{\"a\":1}\n"), "{\"a\":1}\n");
  EXPECT_EQ(Opened("{\"a\":1}\n{\"b\""), "{\"a\":1}\n");
  EXPECT_EQ(Opened("{\"b\""), "");
  // Whole, but for its end.
  EXPECT_EQ(Opened("{\"a\":1}\n{\"b\":2}"), "{\"a\":1}\n{\"b\":2}\n");
}

TEST_F(MetricsLogTest, RefusesALineWithoutEnd) {
  folder_.Write("metrics.jsonl", std::string(2 << 20, 'x'));
  const auto log = MetricsLog::Open(path_);
  EXPECT_TRUE(absl::IsDataLoss(log.status())) << log.status();
  EXPECT_THAT(std::string(log.status().message()), HasSubstr(path_));
}

TEST_F(MetricsLogTest, BelongsToOneAtATime) {
  auto first = MetricsLog::Open(path_);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = MetricsLog::Open(path_).status();
  EXPECT_TRUE(absl::IsUnavailable(second)) << second;
  { const MetricsLog ended = *std::move(first); }
  EXPECT_TRUE(MetricsLog::Open(path_).ok());
}

TEST_F(MetricsLogTest, ForgetsTheRecordsOfLaterSteps) {
  const std::string kept = "{\"step\":1}\n{\"step\":2}\n";
  folder_.Write("metrics.jsonl", kept + "{\"step\":3}\n{\"step\":4}\n");
  const auto log = MetricsLog::Open(path_);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_TRUE(log->CutAfter(4).ok());
  EXPECT_EQ(Text(), kept + "{\"step\":3}\n{\"step\":4}\n");
  ASSERT_TRUE(log->CutAfter(2).ok());
  EXPECT_EQ(Text(), kept);
  ASSERT_TRUE(log->Append({{"step", 3}}).ok());
  EXPECT_EQ(Text(), kept + "{\"step\":3}\n");
  ASSERT_TRUE(log->Append({{"test", 0.5}}).ok());
  ASSERT_TRUE(log->CutAfter(3).ok());
  EXPECT_EQ(Text(), kept + "{\"step\":3}\n");
  ASSERT_TRUE(log->Clear().ok());
  EXPECT_EQ(Text(), "");
}

TEST_F(MetricsLogTest, ARecordIsWrittenWholeOrNotAtAll) {
  const auto log = MetricsLog::Open(path_);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_TRUE(log->Append({{"step", 1}}).ok());
  IgnoreFileSizeSignal();
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 100;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = log->Append({{"text", std::string(200, 'x')}});
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(std::string(status.message()), HasSubstr("writing " + path_));
  EXPECT_EQ(Text(), "{\"step\":1}\n");
}

}  // namespace
}  // namespace hypergan::trainer
