#include "server/serving/scheduling/worker.h"

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/server/fake_clock.h"
#include "tests/server/fake_engine.h"
#include "tests/server/gate.h"

namespace hypergan::server {
namespace {

const std::vector<float> kInputs = {1};

// A job whose end can be waited for.
struct Tracked {
  std::promise<absl::Status> end;
  std::future<absl::Status> future = end.get_future();
  std::atomic<bool> cancelled = false;
};

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    limits_.max_queued_requests = 2;
    engine_ = std::make_shared<FakeEngine>(
        RegressionManifest(),
        [this](const FakeEngine::Piece&, const Interrupt& interrupt) {
          if (first_.exchange(false)) gate_.Pass();
          return interrupt();
        },
        nullptr,
        [this] {
          if (on_size_) on_size_();
        });
  }

  ~WorkerTest() override { gate_.Open(); }

  void StartWorker() { worker_ = std::make_unique<Worker>(scheduler()); }

  Scheduler& scheduler() {
    if (scheduler_ == nullptr) {
      supply_ = std::make_unique<NetworkSupply>(SamplingOptions(), limits_,
                                                clock_, registry_);
      scheduler_ = std::make_unique<Scheduler>(
          limits_, clock_, *supply_, log_,
          Scheduler::Observers{.queue = [this](const QueueLevel& level) {
            queued_ = level.requests;
          }});
    }
    return *scheduler_;
  }

  Job MakeJob(Tracked& tracked) {
    Job job;
    job.engine = engine_;
    job.inputs = kInputs;
    job.rows = 1;
    job.num_networks = 3;
    job.seed = ++seed_;  // it shares with nobody
    job.cancelled = [&tracked] { return tracked.cancelled.load(); };
    job.done = [&tracked](const absl::StatusOr<Answer>& answer) {
      tracked.end.set_value(answer.status());
    };
    return job;
  }

  absl::Status Submit(Tracked& tracked) {
    return scheduler().Submit(MakeJob(tracked));
  }

  // Makes the worker busy until gate_ is opened.
  void Occupy() {
    ASSERT_TRUE(Submit(blocker_).ok());
    gate_.WaitUntilReached();
  }

  Limits limits_;
  FakeClock clock_;
  Gate gate_;
  std::atomic<bool> first_ = true;
  std::atomic<uint64_t> seed_ = 0;
  Tracked blocker_;
  std::atomic<int64_t> queued_ = -1;
  const std::thread::id test_ = std::this_thread::get_id();
  std::atomic<int> failures_ = 0;  // the worker looks at it after the test
  std::function<void()> on_size_;  // of networks; set before StartWorker
  prometheus::Registry registry_;
  const Log log_ = [](std::string_view) {};
  std::shared_ptr<FakeEngine> engine_;
  std::unique_ptr<NetworkSupply> supply_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(WorkerTest, RefusesAtOnceWhenTheQueueIsFull) {
  StartWorker();
  Occupy();
  Tracked first, second, third;
  EXPECT_TRUE(Submit(first).ok());
  EXPECT_TRUE(Submit(second).ok());
  EXPECT_EQ(Submit(third).code(), absl::StatusCode::kResourceExhausted);
  gate_.Open();
  EXPECT_TRUE(first.future.get().ok());
  EXPECT_TRUE(second.future.get().ok());
  EXPECT_TRUE(scheduler().WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_EQ(queued_, 0);
  EXPECT_TRUE(Submit(third).ok());
  EXPECT_TRUE(third.future.get().ok());
}

TEST_F(WorkerTest, MakesRoomByDroppingThoseWhoseClientsHaveGone) {
  StartWorker();
  Occupy();
  Tracked first, second, third;
  ASSERT_TRUE(Submit(first).ok());
  ASSERT_TRUE(Submit(second).ok());
  first.cancelled = true;
  EXPECT_TRUE(Submit(third).ok());
  EXPECT_EQ(first.future.get().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(queued_, 2);
  gate_.Open();
  EXPECT_TRUE(second.future.get().ok());
  EXPECT_TRUE(third.future.get().ok());
}

TEST_F(WorkerTest, FinishesWhatItAcceptedAndRefusesTheRestWhenDraining) {
  StartWorker();
  Occupy();
  Tracked accepted, refused;
  ASSERT_TRUE(Submit(accepted).ok());
  scheduler().StopAccepting();
  EXPECT_EQ(Submit(refused).code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(scheduler().WaitUntilIdle(absl::ZeroDuration()));
  gate_.Open();
  EXPECT_TRUE(scheduler().WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_TRUE(blocker_.future.get().ok());
  EXPECT_TRUE(accepted.future.get().ok());
}

TEST_F(WorkerTest, CancelAllEndsWhatRunsAndWhatWaits) {
  StartWorker();
  Occupy();
  Tracked waiting;
  ASSERT_TRUE(Submit(waiting).ok());
  scheduler().CancelAll();
  gate_.Open();
  EXPECT_EQ(blocker_.future.get().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(waiting.future.get().code(), absl::StatusCode::kUnavailable);
}

TEST_F(WorkerTest, EndsEveryJobWhenItIsDestroyed) {
  Tracked waiting;
  ASSERT_TRUE(Submit(waiting).ok());
  scheduler().CancelAll();
  StartWorker();
  worker_.reset();
  EXPECT_EQ(waiting.future.get().code(), absl::StatusCode::kUnavailable);
}

TEST_F(WorkerTest, WakesForABatchWhoseDelayIsOver) {
  first_ = false;
  limits_.max_batch_delay = absl::Milliseconds(1);
  StartWorker();
  Tracked tracked;
  ASSERT_TRUE(Submit(tracked).ok());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(tracked.future.get().ok());
}

TEST_F(WorkerTest, WakesForABatchThatNobodyCanJoinAnyMore) {
  first_ = false;
  limits_.max_batch_delay = absl::Hours(1);
  StartWorker();
  Tracked tracked;
  ASSERT_TRUE(Submit(tracked).ok());
  scheduler().StopAccepting();
  EXPECT_TRUE(tracked.future.get().ok());
}

TEST_F(WorkerTest, SurvivesMemoryThatRunsOutOutsideOfABatch) {
  first_ = false;
  failures_ = 3;
  on_size_ = [this] {
    // As the scheduler looks whose turn it is.
    if (std::this_thread::get_id() != test_ && failures_-- > 0) {
      throw std::bad_alloc();
    }
  };
  StartWorker();
  Tracked tracked;
  ASSERT_TRUE(Submit(tracked).ok());
  EXPECT_TRUE(tracked.future.get().ok());
  EXPECT_LE(failures_, 0);
}

TEST_F(WorkerTest, ServesManySubmittersAtOnce) {
  limits_.max_queued_requests = 1000;
  first_ = false;
  StartWorker();
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Tracked unused;
      for (int i = 0; i < 100; ++i) {
        Job job = MakeJob(unused);
        if (t % 2 == 0) job.seed.reset();
        job.cancelled = [] { return false; };
        job.done = [&](const absl::StatusOr<Answer>& answer) {
          answered += answer.ok();
        };
        EXPECT_TRUE(scheduler().Submit(std::move(job)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(scheduler().WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_EQ(answered, 400);
}

}  // namespace
}  // namespace hypergan::server
