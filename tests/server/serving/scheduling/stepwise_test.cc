// Jobs that look at their answer on the way: targets, partial answers, streams.
#include <cmath>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "server/serving/metrics/metrics.h"
#include "tests/server/serving/scheduling/scheduler_fixture.h"

namespace hypergan::server {
namespace {

using testing::ElementsAre;

// The fake's networks of one seed say each of eight values, evenly spread from
// 0 to 7/8, once in eight networks: the variance of n of them, in eights.
double StandardError(int64_t n) {
  const auto count = static_cast<double>(n);
  const double variance = 63.0 / 12 / 64 * count / (count - 1);
  return std::sqrt(variance / count);
}

class StepwiseTest : public SchedulerFixture {
 protected:
  void Submit(Asked& asked, double target, int64_t least, int64_t most,
              int64_t rows = 1) {
    Job job = MakeJob(asked, rows, least);
    job.target = Target{target, most};
    ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  }

  std::vector<size_t> PieceSizes() const {
    std::vector<size_t> sizes;
    for (const Piece& piece : pieces_) sizes.push_back(piece.networks.size());
    return sizes;
  }
};

TEST_F(StepwiseTest, AddsNetworksUntilTheStandardErrorIsBelowTheTarget) {
  Start();
  Asked asked;
  Submit(asked, 0.05, 16, 10'000);
  RunAll();
  ExpectRight(asked);
  EXPECT_EQ(asked.answer().stop, StopReason::kTargetReached);
  EXPECT_EQ(asked.answer().num_networks, 64);
  EXPECT_NEAR(asked.answer().largest_standard_error, StandardError(64), 1e-6);
  EXPECT_GT(StandardError(32), 0.05);  // it did not stop late
  EXPECT_THAT(PieceSizes(), ElementsAre(8, 8, 16, 32));
}

TEST_F(StepwiseTest, AsksAtLeastTheLeastAndAtMostTheMost) {
  Start();
  Asked least, most;
  Submit(least, 100, 20, 10'000);
  Submit(most, 1e-9, 16, 50);
  RunAll();
  EXPECT_EQ(least.answer().stop, StopReason::kTargetReached);
  EXPECT_GE(least.answer().num_networks, 20);
  EXPECT_LE(least.answer().num_networks, 32);
  EXPECT_EQ(most.answer().stop, StopReason::kMaxNetworks);
  EXPECT_EQ(most.answer().num_networks, 50);
  ExpectRight(most);
}

TEST_F(StepwiseTest, OneNetworkNeverReachesATarget) {
  Start();
  Asked asked;
  Submit(asked, 100, 1, 1);
  RunAll();
  EXPECT_EQ(asked.answer().stop, StopReason::kMaxNetworks);
  EXPECT_EQ(asked.answer().num_networks, 1);
  EXPECT_TRUE(std::isinf(asked.answer().largest_standard_error));
}

TEST_F(StepwiseTest, EndsATargetBeforeItsDeadline) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 10, 16);
  job.target = Target{1e-9, 10'000};
  job.deadline = clock_.Now() + absl::Milliseconds(300);
  const absl::Time deadline = job.deadline;
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  RunAll();
  EXPECT_EQ(asked.answer().stop, StopReason::kDeadline);
  EXPECT_LT(asked.ended, deadline);
  EXPECT_GT(asked.ended, deadline - absl::Milliseconds(100));
  EXPECT_GT(asked.answer().num_networks, 1000);
  ExpectRight(asked);
}

TEST_F(StepwiseTest, AnswersInPartOnlyThoseThatAllowIt) {
  Start();
  Asked partial, whole;
  for (Asked* asked : {&partial, &whole}) {
    Job job = MakeJob(*asked, 10, 10'000);
    job.allow_partial = asked == &partial;
    job.deadline = clock_.Now() + absl::Milliseconds(500);
    ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  }
  RunAll();
  EXPECT_EQ(partial.answer().stop, StopReason::kDeadline);
  EXPECT_LT(partial.answer().num_networks, 10'000);
  ExpectRight(partial);
  EXPECT_EQ(whole.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(StepwiseTest, AnswersInFullWhenThereIsTime) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 1, 100);
  job.allow_partial = true;
  job.deadline = clock_.Now() + absl::Seconds(10);
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  RunAll();
  EXPECT_EQ(asked.answer().stop, StopReason::kAllNetworks);
  EXPECT_EQ(asked.answer().num_networks, 100);
}

TEST_F(StepwiseTest, HasNoPartialAnswerOfFewerThanTwoNetworks) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 1, 100);
  job.allow_partial = true;
  job.deadline = clock_.Now() + absl::Milliseconds(1);
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  // The first piece comes too late, and none of it counts.
  on_piece_ = [this] { clock_.Advance(absl::Seconds(1)); };
  RunAll();
  EXPECT_EQ(asked.code(), absl::StatusCode::kDeadlineExceeded);
}

// As on a machine that others use as well.
TEST_F(StepwiseTest, AnswersInTimeHoweverUnsteadyThePiecesAre) {
  Start();
  std::mt19937 random(1);
  for (const auto& [steady, deadline] : {std::pair(2, absl::Milliseconds(200)),
                                         std::pair(6, absl::Milliseconds(300)),
                                         std::pair(6, absl::Seconds(2))}) {
    on_piece_ = [&, steady = steady] {
      const auto networks =
          static_cast<int64_t>(pieces_.back().networks.size());
      clock_.Advance(kUnit * networks *
                     static_cast<int64_t>(random() % (10 * steady)));
    };
    int late = 0;
    for (int i = 0; i < 200; ++i) {
      Asked asked;
      Job job = MakeJob(asked, 10, 10'000);
      job.allow_partial = true;
      job.deadline = clock_.Now() + deadline;
      const absl::Time end = job.deadline;
      ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
      RunAll();
      ASSERT_TRUE(asked.end->ok()) << asked.end->status();
      ASSERT_EQ(asked.answer().stop, StopReason::kDeadline);
      ExpectRight(asked);
      late += asked.ended >= end;
      // Nor does it give up long before.
      EXPECT_GT(asked.ended, end - deadline / 2);
    }
    EXPECT_EQ(late, 0) << steady << " " << deadline;
  }
}

TEST_F(StepwiseTest, AnswersInTimeWhileLightJobsGoFirst) {
  Start();
  Asked heavy;
  Job job = MakeJob(heavy, 10, 10'000);
  job.allow_partial = true;
  job.deadline = clock_.Now() + absl::Milliseconds(500);
  const absl::Time end = job.deadline;
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  std::vector<std::unique_ptr<Asked>> light;
  while (!heavy.end.has_value()) {
    light.push_back(std::make_unique<Asked>());
    Job next = MakeJob(*light.back(), 20, 100);  // 21 ms
    next.seed = light.size();
    ASSERT_TRUE(scheduler_->Submit(std::move(next)).ok());
    ASSERT_TRUE(scheduler_->RunPiece());
  }
  ASSERT_TRUE(heavy.end->ok()) << heavy.end->status();
  EXPECT_EQ(heavy.answer().stop, StopReason::kDeadline);
  EXPECT_LT(heavy.ended, end - absl::Milliseconds(10));
  ExpectRight(heavy);
  RunAll();
}

TEST_F(StepwiseTest, StopsAPieceThatTakesTooLongInTimeToAnswer) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 1, 1000);
  job.allow_partial = true;
  job.deadline = clock_.Now() + absl::Seconds(1);
  const absl::Time end = job.deadline;
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  on_piece_ = [&] {
    // The engine asks before each network, after this.
    if (pieces_.size() == 2) clock_.Advance(end - clock_.Now() - kUnit);
  };
  RunAll();
  EXPECT_EQ(asked.answer().num_networks, 8);
  EXPECT_LT(asked.ended, end);
  ExpectRight(asked);
}

TEST_F(StepwiseTest, KeepsWhatCameBeforeAPieceThatTheDeadlineEnds) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 1, 100);
  job.allow_partial = true;
  job.deadline = clock_.Now() + absl::Seconds(1);
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  on_piece_ = [this] {
    if (pieces_.size() == 2) clock_.Advance(absl::Seconds(1));
  };
  RunAll();
  EXPECT_EQ(asked.answer().stop, StopReason::kDeadline);
  EXPECT_EQ(asked.answer().num_networks, 8);
  ExpectRight(asked);
}

TEST_F(StepwiseTest, ShowsEveryPieceButTheLast) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 2, 40);
  job.progress = [&asked](Answer answer) {
    asked.progress.push_back(std::move(answer));
  };
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  RunAll();
  std::vector<int64_t> networks;
  for (const Answer& answer : asked.progress) {
    networks.push_back(answer.num_networks);
    EXPECT_EQ(answer.prediction.mean.size(), 2u);
    EXPECT_EQ(answer.seed, asked.answer().seed);
  }
  EXPECT_THAT(networks, ElementsAre(8, 16, 32));
  EXPECT_EQ(asked.answer().num_networks, 40);
  ExpectRight(asked);
}

TEST_F(StepwiseTest, EndsAStreamWithinOnePieceOfItsCancel) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 64, 10'000);
  job.progress = [&asked](Answer answer) {
    asked.progress.push_back(std::move(answer));
    asked.cancelled = asked.progress.size() == 3;
  };
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  RunAll();
  EXPECT_EQ(asked.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(pieces_.size(), 3u);
}

TEST_F(StepwiseTest, CountsPartialAnswers) {
  Start();
  Metrics metrics(registry_);
  Answer answer;
  answer.stop = StopReason::kDeadline;
  metrics.AddModel("m", 1).ObserveAnswer(answer);
  EXPECT_THAT(MetricsText(),
              testing::HasSubstr("hypergan_partial_answers_total{model=\"m\","
                                 "version=\"1\"} 1"));
}

TEST_F(StepwiseTest, ShowsAndAnswersNothingWhoseVarianceOverflows) {
  Start();
  for (const bool stream : {true, false}) {
    Asked asked;
    Job job = MakeJob(asked, 2, 64, 1e30f);
    if (stream) {
      job.progress = [&asked](Answer answer) {
        asked.progress.push_back(std::move(answer));
      };
    } else {
      job.target = Target{0.1, 64};
    }
    ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
    RunAll();
    EXPECT_EQ(asked.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(asked.progress.empty());
  }
}

}  // namespace
}  // namespace hypergan::server
