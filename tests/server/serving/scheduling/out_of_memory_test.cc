// Memory that runs out, at every allocation of the serving code in turn: each
// request is answered once, and the next one well.
#include <string>
#include <vector>

#include "server/serving/metrics/metrics.h"
#include "server/serving/scheduling/exception_guard.h"
#include "tests/server/failing_allocations.h"
#include "tests/server/serving/scheduling/scheduler_fixture.h"

namespace hypergan::server {
namespace {

constexpr size_t kJobs = 6;

class OutOfMemoryTest : public SchedulerFixture,
                        public testing::WithParamInterface<int> {
 protected:
  OutOfMemoryTest() {
    limits_.max_piece_row_networks = 100;
    limits_.max_queued_requests = 4;
    sampling_.reservoir_networks = 100;
    sampling_.weight_cache_bytes = 1000 * FakeEngine::kNetworkBytes;
  }

  // A light and a heavy one, two that share, one that leaves the queue, one
  // that finds it full.
  std::vector<Job> MakeJobs(std::vector<Asked>& asked) {
    std::vector<Job> jobs;
    for (size_t i = 0; i < kJobs; ++i) {
      jobs.push_back(MakeJob(asked[i], i == 1 ? 30 : 1, 10));
      jobs.back().metrics = &model_;
      jobs.back().client = "a client whose name is not a short one";
      jobs.back().allow_partial = i % 2 == 0;
    }
    jobs[0].seed = 7;
    jobs[3].deadline = clock_.Now() + kUnit;
    return jobs;
  }

  // What the worker does, in this thread.
  void RunAllGuarded() {
    bool worked = true;
    while (worked || !scheduler_->WaitUntilIdle(absl::ZeroDuration())) {
      GuardExceptions([&] {
        worked = scheduler_->RunPiece();
        return absl::OkStatus();
      }).IgnoreError();
    }
  }

  Metrics metrics_{registry_};
  ModelMetrics& model_ = metrics_.AddModel("m", 1);
};

TEST_P(OutOfMemoryTest, AnswersEveryRequestOnceWhereverItRunsOut) {
  int64_t first = 1;
  for (bool failed = true; failed; ++first) {
    prometheus::Registry registry;
    supply_ =
        std::make_unique<NetworkSupply>(sampling_, limits_, clock_, registry);
    scheduler_ = std::make_unique<Scheduler>(
        limits_, clock_, *supply_, [](std::string_view) {},
        Scheduler::Observers{
            .queue = [this](const QueueLevel& level) { level_ = level; }});
    std::vector<Asked> asked(kJobs);
    std::vector<Job> jobs = MakeJobs(asked);
    std::vector<absl::Status> submitted(kJobs);
    {
      const FailingAllocations failing(first, GetParam());
      for (size_t i = 0; i < kJobs; ++i) {
        submitted[i] = GuardExceptions(
            [&] { return scheduler_->Submit(std::move(jobs[i])); });
        if (i == 2) clock_.Advance(kUnit);
      }
      RunAllGuarded();
      failed = FailingAllocations::seen() >= first;
    }
    for (size_t i = 0; i < kJobs; ++i) {
      ASSERT_EQ(submitted[i].ok(), asked[i].end.has_value()) << first;
      const absl::Status status =
          submitted[i].ok() ? asked[i].end->status() : submitted[i];
      ASSERT_TRUE(status.ok() || absl::IsResourceExhausted(status) ||
                  absl::IsDeadlineExceeded(status))
          << first << ": " << status;
    }
    ASSERT_TRUE(scheduler_->WaitUntilIdle(absl::ZeroDuration())) << first;
    ASSERT_EQ(level_.requests, 0);
    ASSERT_EQ(level_.bytes, 0);
    ASSERT_EQ(level_.row_networks, 0);
    Asked after;
    ASSERT_TRUE(Submit(after, 2, 20).ok());
    RunAll();
    ExpectRight(after);
  }
  EXPECT_GT(first, 100);  // of them there are as many
}

INSTANTIATE_TEST_SUITE_P(OneOrSeveralInARow, OutOfMemoryTest,
                         testing::Values(1, 2, 5));

}  // namespace
}  // namespace hypergan::server
