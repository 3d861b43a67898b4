#include "server/serving/scheduling/job_queue.h"

#include "gtest/gtest.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

const absl::Time kNow = absl::UnixEpoch();

class JobQueueTest : public testing::Test {
 protected:
  JobQueueTest() {
    limits_.max_queued_requests = 3;
    limits_.max_queued_bytes = 100;
    limits_.max_queued_row_networks = 1000;
  }

  Job MakeJob(int64_t rows, int64_t networks, int64_t bytes = 1) const {
    Job job;
    job.engine = engine_;
    job.rows = rows;
    job.num_networks = networks;
    job.bytes = bytes;
    job.done = [](const absl::StatusOr<Answer>&) {};
    return job;
  }

  static void ExpectFull(const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  }

  Limits limits_;
  const std::shared_ptr<FakeEngine> engine_ =
      std::make_shared<FakeEngine>(RegressionManifest());
};

TEST_F(JobQueueTest, IsBoundedInCount) {
  JobQueue queue(limits_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(queue.Push(MakeJob(1, 1), kNow).ok());
  }
  ExpectFull(queue.Push(MakeJob(1, 1), kNow));
  EXPECT_EQ(queue.jobs(), 3);
}

TEST_F(JobQueueTest, IsBoundedInBytes) {
  JobQueue queue(limits_);
  EXPECT_TRUE(queue.Push(MakeJob(1, 1, 70), kNow).ok());
  ExpectFull(queue.Push(MakeJob(1, 1, 31), kNow));
  EXPECT_TRUE(queue.Push(MakeJob(1, 1, 30), kNow).ok());
  EXPECT_EQ(queue.level().bytes, 100);
}

TEST_F(JobQueueTest, IsBoundedInWork) {
  JobQueue queue(limits_);
  EXPECT_TRUE(queue.Push(MakeJob(6, 100), kNow).ok());
  ExpectFull(queue.Push(MakeJob(5, 100), kNow));
  EXPECT_TRUE(queue.Push(MakeJob(4, 100), kNow).ok());
  EXPECT_EQ(queue.level().row_networks, 1000);
}

TEST_F(JobQueueTest, HasRoomForAnyOneJobWhenEmpty) {
  JobQueue queue(limits_);
  EXPECT_TRUE(queue.Push(MakeJob(3000, 1), kNow).ok());
  ExpectFull(queue.Push(MakeJob(3000, 1), kNow));
  EXPECT_TRUE(queue.Push(MakeJob(1, 1), kNow).ok());
}

TEST_F(JobQueueTest, CountsTheMostWorkThatATargetMayTake) {
  JobQueue queue(limits_);
  ASSERT_TRUE(queue.Push(MakeJob(1, 1), kNow).ok());
  Job job = MakeJob(2, 10);
  job.target = Target{0.1, 500};
  ASSERT_TRUE(queue.Push(std::move(job), kNow).ok());
  EXPECT_EQ(queue.level().row_networks, 1001);
}

TEST_F(JobQueueTest, GivesBackTheRoomOfWhatIsTakenOrRemoved) {
  JobQueue queue(limits_);
  ASSERT_TRUE(queue.Push(MakeJob(1, 10, 30), kNow).ok());
  ASSERT_TRUE(queue.Push(MakeJob(1, 20, 30), kNow).ok());
  EXPECT_EQ(queue.Take(true).size(), 1u);
  EXPECT_EQ(queue.level().bytes, 30);
  const auto removed = queue.Remove([](const Job& job) {
    return job.num_networks == 20 ? absl::CancelledError("gone")
                                  : absl::OkStatus();
  });
  ASSERT_EQ(removed.size(), 1u);
  EXPECT_EQ(removed[0].why, absl::CancelledError("gone"));
  EXPECT_EQ(queue.jobs(), 0);
  EXPECT_EQ(queue.level().bytes, 0);
  EXPECT_EQ(queue.level().row_networks, 0);
  EXPECT_TRUE(queue.Take(true).empty());
}

TEST_F(JobQueueTest, TellsLightJobsFromHeavyOnes) {
  limits_.max_piece_row_networks = 100;
  limits_.max_piece_networks = 50;
  JobQueue queue(limits_);
  ASSERT_TRUE(queue.Push(MakeJob(10, 10), kNow).ok());
  ASSERT_TRUE(queue.Push(MakeJob(10, 11), kNow).ok());
  ASSERT_TRUE(queue.Push(MakeJob(1, 51), kNow).ok());
  EXPECT_EQ(queue.Take(true).size(), 1u);
  EXPECT_TRUE(queue.Take(true).empty());
  EXPECT_EQ(queue.Take(false).size(), 1u);
  EXPECT_EQ(queue.Take(false).size(), 1u);
}

TEST_F(JobQueueTest, BoundsTheInputsThatABatchCopies) {
  limits_.max_request_bytes = 4 * 8;
  JobQueue queue(limits_);
  const std::vector<float> inputs(5);
  for (int i = 0; i < 2; ++i) {
    Job job = MakeJob(5, 1);
    job.inputs = inputs;
    ASSERT_TRUE(queue.Push(std::move(job), kNow).ok());
  }
  EXPECT_EQ(queue.Take(true).size(), 1u);
}

TEST_F(JobQueueTest, GivesMoreWithinTheBoundsOfTheBatchThatTheyJoin) {
  limits_.max_piece_row_networks = 100;
  limits_.max_request_bytes = 4 * 8;
  const std::vector<float> inputs(2);
  JobQueue queue(limits_);
  const auto push = [&](int64_t rows, int64_t networks) {
    Job job = MakeJob(rows, networks);
    job.inputs = inputs;
    ASSERT_TRUE(queue.Push(std::move(job), kNow).ok());
  };
  push(2, 10);
  push(1, 20);
  push(3, 10);
  const Job first = MakeJob(4, 10);
  EXPECT_TRUE(queue.TakeMore(true, first, 90, 0).empty());
  EXPECT_TRUE(queue.TakeMore(true, first, 40, 7).empty());
  EXPECT_TRUE(queue.TakeMore(false, first, 40, 0).empty());
  EXPECT_EQ(queue.jobs(), 3);
  const auto more = queue.TakeMore(true, first, 60, 4);
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].job.rows, 2);
  EXPECT_EQ(queue.jobs(), 2);
  EXPECT_EQ(queue.level().row_networks, 50);
  EXPECT_EQ(queue.TakeMore(true, first, 40, 0).size(), 1u);
  Job alone = MakeJob(1, 20);
  alone.progress = [](const Answer&) {};
  EXPECT_TRUE(queue.TakeMore(true, alone, 20, 0).empty());
}

TEST_F(JobQueueTest, GivesClientsTheirTurnsBeforeDeadlines) {
  limits_.max_queued_requests = 100;
  JobQueue queue(limits_);
  const auto push = [&](const std::string& client, int minutes) {
    Job job = MakeJob(1, 1);
    job.client = client;
    job.seed = minutes;  // it shares with nobody
    job.deadline = kNow + absl::Minutes(minutes);
    ASSERT_TRUE(queue.Push(std::move(job), kNow).ok());
  };
  for (const int minutes : {3, 1, 2}) push("a", minutes);
  for (const int minutes : {30, 10, 20}) push("b", minutes);
  std::vector<uint64_t> order;
  while (queue.jobs() > 0) order.push_back(*queue.Take(true)[0].job.seed);
  EXPECT_EQ(order, (std::vector<uint64_t>{1, 10, 2, 20, 3, 30}));
}

TEST_F(JobQueueTest, LetsClientsShareABatch) {
  JobQueue queue(limits_);
  for (const char* client : {"a", "b", ""}) {
    Job job = MakeJob(1, 1);
    job.client = client;
    ASSERT_TRUE(queue.Push(std::move(job), kNow).ok());
  }
  EXPECT_EQ(queue.Take(true).size(), 3u);
}

TEST_F(JobQueueTest, SharesOnlyBetweenJobsThatWantTheSame) {
  const Job job = MakeJob(1, 10);
  EXPECT_TRUE(CanShare(job, MakeJob(5, 10)));
  EXPECT_FALSE(CanShare(job, MakeJob(1, 11)));
  Job other = MakeJob(1, 10);
  other.engine = std::make_shared<FakeEngine>(RegressionManifest());
  EXPECT_FALSE(CanShare(job, other));
  other = MakeJob(1, 10);
  other.seed = 0;
  EXPECT_FALSE(CanShare(job, other));
  EXPECT_TRUE(CanShare(other, other));
  other = MakeJob(1, 10);
  other.network_outputs = true;
  EXPECT_FALSE(CanShare(job, other));
  other = MakeJob(1, 10);
  other.allow_partial = true;
  EXPECT_FALSE(CanShare(job, other));
  other = MakeJob(1, 10);
  other.target = Target{0.1, 20};
  EXPECT_FALSE(CanShare(other, other));
  other = MakeJob(1, 10);
  other.progress = [](const Answer&) {};
  EXPECT_FALSE(CanShare(other, other));
}

}  // namespace
}  // namespace hypergan::server
