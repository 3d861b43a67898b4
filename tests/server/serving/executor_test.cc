#include "server/serving/executor.h"

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/server/fake_clock.h"
#include "tests/server/gate.h"

namespace hypergan::server {
namespace {

// A job whose end can be waited for: OK once it has run, else why it was
// dropped.
struct Tracked {
  std::promise<absl::Status> end;
  std::future<absl::Status> future = end.get_future();
  std::atomic<bool> cancelled = false;

  Job MakeJob(int64_t bytes = 1) {
    Job job;
    job.bytes = bytes;
    job.cancelled = [this] { return cancelled.load(); };
    job.run = [this](const Interrupt&, absl::Duration) {
      end.set_value(absl::OkStatus());
    };
    job.drop = [this](const absl::Status& why) { end.set_value(why); };
    return job;
  }
};

class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() {
    limits_.max_queued_requests = 2;
    limits_.max_queued_bytes = 100;
  }

  ~ExecutorTest() override { gate_.Open(); }

  void StartExecutor() {
    executor_ = std::make_unique<Executor>(limits_, clock_,
                                           [this](int64_t jobs, int64_t bytes) {
                                             queue_jobs_ = jobs;
                                             queue_bytes_ = bytes;
                                           });
  }

  // Makes the worker busy until gate_ is opened.
  void Occupy() {
    Job job = blocker_.MakeJob();
    job.run = [this](const Interrupt& interrupt, absl::Duration) {
      gate_.Pass();
      blocker_.end.set_value(interrupt());
    };
    ASSERT_TRUE(executor_->Submit(std::move(job)).ok());
    gate_.WaitUntilReached();
  }

  Limits limits_;
  FakeClock clock_;
  Gate gate_;
  Tracked blocker_;
  std::atomic<int64_t> queue_jobs_ = -1;
  std::atomic<int64_t> queue_bytes_ = -1;
  // Last, so that its end comes before that of what its jobs use.
  std::unique_ptr<Executor> executor_;
};

TEST_F(ExecutorTest, RunsJobsInTheirOrder) {
  limits_.max_queued_requests = 10;
  StartExecutor();
  Occupy();
  std::vector<int> order;
  Tracked last;
  for (int i = 0; i < 3; ++i) {
    Job job;
    job.run = [&order, i](const Interrupt&, absl::Duration) {
      order.push_back(i);
    };
    job.drop = [](const absl::Status&) { FAIL(); };
    ASSERT_TRUE(executor_->Submit(std::move(job)).ok());
  }
  ASSERT_TRUE(executor_->Submit(last.MakeJob()).ok());
  gate_.Open();
  ASSERT_TRUE(last.future.get().ok());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST_F(ExecutorTest, RefusesAtOnceWhenTheQueueIsFullInCount) {
  StartExecutor();
  Occupy();
  Tracked first, second, third;
  EXPECT_TRUE(executor_->Submit(first.MakeJob()).ok());
  EXPECT_TRUE(executor_->Submit(second.MakeJob()).ok());
  EXPECT_EQ(executor_->Submit(third.MakeJob()).code(),
            absl::StatusCode::kResourceExhausted);
  gate_.Open();
  EXPECT_TRUE(first.future.get().ok());
  EXPECT_TRUE(second.future.get().ok());
  EXPECT_TRUE(executor_->WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_TRUE(executor_->Submit(third.MakeJob()).ok());
  EXPECT_TRUE(third.future.get().ok());
}

TEST_F(ExecutorTest, RefusesAtOnceWhenTheQueueIsFullInBytes) {
  StartExecutor();
  Occupy();
  Tracked first, second;
  EXPECT_TRUE(executor_->Submit(first.MakeJob(60)).ok());
  EXPECT_EQ(executor_->Submit(second.MakeJob(41)).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(executor_->Submit(second.MakeJob(40)).ok());
  EXPECT_EQ(queue_jobs_, 2);
  EXPECT_EQ(queue_bytes_, 100);
  gate_.Open();
  EXPECT_TRUE(second.future.get().ok());
  EXPECT_EQ(queue_jobs_, 0);
  EXPECT_EQ(queue_bytes_, 0);
}

TEST_F(ExecutorTest, MakesRoomByDroppingThoseWhoseClientsHaveGone) {
  StartExecutor();
  Occupy();
  Tracked first, second, third;
  ASSERT_TRUE(executor_->Submit(first.MakeJob(50)).ok());
  ASSERT_TRUE(executor_->Submit(second.MakeJob(50)).ok());
  first.cancelled = true;
  EXPECT_TRUE(executor_->Submit(third.MakeJob(50)).ok());
  EXPECT_EQ(first.future.get().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(queue_jobs_, 2);
  EXPECT_EQ(queue_bytes_, 100);
  gate_.Open();
  EXPECT_TRUE(second.future.get().ok());
  EXPECT_TRUE(third.future.get().ok());
}

TEST_F(ExecutorTest, DropsAJobWhoseDeadlinePassedWhileItWaited) {
  StartExecutor();
  Occupy();
  Tracked late;
  Job job = late.MakeJob();
  job.deadline = clock_.Now() + absl::Seconds(1);
  ASSERT_TRUE(executor_->Submit(std::move(job)).ok());
  clock_.Advance(absl::Seconds(1));
  gate_.Open();
  EXPECT_EQ(late.future.get().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ExecutorTest, DropsAJobCancelledWhileItWaited) {
  StartExecutor();
  Occupy();
  Tracked gone;
  ASSERT_TRUE(executor_->Submit(gone.MakeJob()).ok());
  gone.cancelled = true;
  gate_.Open();
  EXPECT_EQ(gone.future.get().code(), absl::StatusCode::kCancelled);
}

TEST_F(ExecutorTest, InterruptTellsOfADeadlineAndACancelBetweenPieces) {
  StartExecutor();
  Tracked job_state;
  Job job = job_state.MakeJob();
  job.deadline = clock_.Now() + absl::Seconds(10);
  std::vector<absl::StatusCode> seen;
  job.run = [&](const Interrupt& interrupt, absl::Duration) {
    seen.push_back(interrupt().code());
    job_state.cancelled = true;
    seen.push_back(interrupt().code());
    clock_.Advance(absl::Seconds(10));
    seen.push_back(interrupt().code());
    job_state.end.set_value(absl::OkStatus());
  };
  ASSERT_TRUE(executor_->Submit(std::move(job)).ok());
  ASSERT_TRUE(job_state.future.get().ok());
  // A deadline comes before the cancel that gRPC makes of it.
  EXPECT_EQ(seen,
            (std::vector{absl::StatusCode::kOk, absl::StatusCode::kCancelled,
                         absl::StatusCode::kDeadlineExceeded}));
}

TEST_F(ExecutorTest, TellsHowLongAJobWaited) {
  StartExecutor();
  Occupy();
  std::promise<absl::Duration> waited;
  Job job;
  job.run = [&](const Interrupt&, absl::Duration queued) {
    waited.set_value(queued);
  };
  ASSERT_TRUE(executor_->Submit(std::move(job)).ok());
  clock_.Advance(absl::Milliseconds(250));
  gate_.Open();
  EXPECT_EQ(waited.get_future().get(), absl::Milliseconds(250));
}

TEST_F(ExecutorTest, FinishesWhatItAcceptedAndRefusesTheRestWhenDraining) {
  StartExecutor();
  Occupy();
  Tracked accepted, refused;
  ASSERT_TRUE(executor_->Submit(accepted.MakeJob()).ok());
  executor_->StopAccepting();
  EXPECT_EQ(executor_->Submit(refused.MakeJob()).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_FALSE(executor_->WaitUntilIdle(absl::ZeroDuration()));
  gate_.Open();
  EXPECT_TRUE(executor_->WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_TRUE(blocker_.future.get().ok());
  EXPECT_TRUE(accepted.future.get().ok());
}

TEST_F(ExecutorTest, CancelAllEndsWhatRunsAndWhatWaits) {
  StartExecutor();
  Occupy();
  Tracked waiting;
  ASSERT_TRUE(executor_->Submit(waiting.MakeJob()).ok());
  executor_->CancelAll();
  gate_.Open();
  EXPECT_EQ(blocker_.future.get().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(waiting.future.get().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ExecutorTest, EndsEveryJobWhenItIsDestroyed) {
  StartExecutor();
  Tracked running, waiting;
  Job job = running.MakeJob();
  job.run = [&](const Interrupt& interrupt, absl::Duration) {
    absl::Status status;
    while ((status = interrupt()).ok()) std::this_thread::yield();
    running.end.set_value(status);
  };
  ASSERT_TRUE(executor_->Submit(std::move(job)).ok());
  ASSERT_TRUE(executor_->Submit(waiting.MakeJob()).ok());
  executor_.reset();
  EXPECT_EQ(running.future.get().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(waiting.future.get().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ExecutorTest, ServesManySubmittersAtOnce) {
  limits_.max_queued_requests = 1000;
  limits_.max_queued_bytes = 1000;
  StartExecutor();
  std::atomic<int> ran = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        Job job;
        job.run = [&](const Interrupt&, absl::Duration) { ++ran; };
        EXPECT_TRUE(executor_->Submit(std::move(job)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(executor_->WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_EQ(ran, 400);
}

}  // namespace
}  // namespace hypergan::server
