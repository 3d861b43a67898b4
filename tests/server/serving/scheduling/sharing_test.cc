// What one client's work, or heavy work, can do to that of others: at the door,
// in the order, and in the hint when to come back.
#include <memory>
#include <string>
#include <vector>

#include "server/serving/admission/retry_hint.h"
#include "tests/server/serving/scheduling/scheduler_fixture.h"

namespace hypergan::server {
namespace {

class SharingTest : public SchedulerFixture {
 protected:
  absl::Status SubmitOf(const std::string& client, Asked& asked, int64_t rows,
                        int64_t networks,
                        absl::Duration time = absl::Seconds(60)) {
    Job job = MakeJob(asked, rows, networks);
    job.client = client;
    job.seed = ++seed_;  // it shares with nobody
    job.deadline = clock_.Now() + time;
    return scheduler_->Submit(std::move(job));
  }

  // As many as find room, at most 1,000.
  std::vector<std::unique_ptr<Asked>> Fill(
      const std::string& client, int64_t rows, int64_t networks,
      absl::Duration time = absl::Seconds(60)) {
    std::vector<std::unique_ptr<Asked>> all;
    while (all.size() < 1000) {
      auto asked = std::make_unique<Asked>();
      if (!SubmitOf(client, *asked, rows, networks, time).ok()) break;
      all.push_back(std::move(asked));
    }
    return all;
  }

  absl::Duration HeaviestPiece() const {
    return kUnit *
           (limits_.max_piece_row_networks + limits_.max_piece_networks);
  }

  uint64_t seed_ = 0;
};

TEST_F(SharingTest, LetsEveryLightJobInBesideTheHeaviestOnesOfTheQueue) {
  Start();
  std::vector<Asked> heavy(3);
  ASSERT_TRUE(SubmitOf("a", heavy[0], 64, 10'000).ok());
  ASSERT_TRUE(scheduler_->RunPiece());
  for (size_t i = 1; i < heavy.size(); ++i) {
    SubmitOf("a", heavy[i], 64, 10'000).IgnoreError();
  }
  absl::Duration longest;
  for (int i = 0; i < 100; ++i) {
    Asked light;
    const absl::Time arrival = clock_.Now();
    ASSERT_TRUE(SubmitOf(i % 2 == 0 ? "a" : "b", light, 1, 1).ok()) << i;
    while (!light.end.has_value()) ASSERT_TRUE(scheduler_->RunPiece());
    ASSERT_TRUE(light.end->ok()) << light.end->status();
    longest = std::max(longest, light.ended - arrival);
    ASSERT_FALSE(heavy[0].end.has_value());
  }
  EXPECT_LE(longest, HeaviestPiece() + kUnit * 100);
  for (Asked& each : heavy) each.cancelled = true;
  RunAll();
}

TEST_F(SharingTest, LetsOthersInBesideAClientThatSendsAsMuchAsItCan) {
  for (const int64_t networks : {1, 5000}) {
    Start();
    Asked running;
    ASSERT_TRUE(SubmitOf("greedy", running, 1, networks).ok());
    ASSERT_TRUE(scheduler_->RunPiece());
    const auto greedy = Fill("greedy", 1, networks);
    EXPECT_GT(greedy.size(), 20u);
    Asked light;
    Asked heavy;
    EXPECT_TRUE(SubmitOf("good", light, 1, 1).ok());
    EXPECT_TRUE(SubmitOf("good", heavy, 1, 5000).ok());
    RunAll();
    ExpectRight(light);
    ExpectRight(heavy);
  }
}

TEST_F(SharingTest, ServesTheClientThatWasGivenLeastBeforeEarlierDeadlines) {
  Start();
  // Another one comes whenever one is done, always in a hurry.
  const auto hurried = Fill("hurried", 1, 2000, absl::Seconds(20));
  Asked patient;
  ASSERT_TRUE(SubmitOf("patient", patient, 1, 2000).ok());
  std::vector<std::unique_ptr<Asked>> more;
  int before = 0;
  while (!patient.end.has_value()) {
    const int64_t waiting = level_.requests;
    ASSERT_TRUE(scheduler_->RunPiece());
    if (level_.requests < waiting && !patient.end.has_value()) {
      ++before;
      more.push_back(std::make_unique<Asked>());
      SubmitOf("hurried", *more.back(), 1, 2000, absl::Seconds(20))
          .IgnoreError();
    }
  }
  ExpectRight(patient);
  EXPECT_LE(before, 2);
  RunAll();
}

TEST_F(SharingTest, GivesClientsLikeWorkWhateverTheyAskFor) {
  limits_.max_queued_row_networks = 10'000'000;
  limits_.max_queued_requests = 1000;
  Start();
  const auto large = Fill("large", 16, 1000);
  const auto small = Fill("small", 4, 1000);
  // As long as both have some waiting, each is given half.
  const absl::Time end = clock_.Now() + kUnit * 160'000;
  while (clock_.Now() < end) ASSERT_TRUE(scheduler_->RunPiece());
  int64_t of_large = 0;
  int64_t of_small = 0;
  for (const auto& each : large) of_large += each->end.has_value() ? 16'000 : 0;
  for (const auto& each : small) of_small += each->end.has_value() ? 4'000 : 0;
  EXPECT_NEAR(of_large, of_small, 16'000);
  RunAll();
}

TEST_F(SharingTest, SaysWhenToComeBackAndIsRight) {
  for (const int64_t networks : {100, 5000}) {
    Start();
    Asked running;
    ASSERT_TRUE(SubmitOf("", running, 4, networks).ok());
    ASSERT_TRUE(scheduler_->RunPiece());
    const auto waiting = Fill("", 4, networks);
    Asked refused;
    const absl::Status full = SubmitOf("", refused, 4, networks);
    ASSERT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
    const auto pause = RetryHint(full);
    ASSERT_TRUE(pause.has_value()) << full;
    const absl::Time back = clock_.Now() + *pause;
    while (clock_.Now() < back) ASSERT_TRUE(scheduler_->RunPiece());
    EXPECT_TRUE(SubmitOf("", refused, 4, networks).ok());
    // Nor is it told to wait for the whole queue.
    EXPECT_FALSE(waiting.back()->end.has_value());
    RunAll();
  }
}

}  // namespace
}  // namespace hypergan::server
