#include "client/load/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "client/load/percentile.h"
#include "tests/client/load/fake_load.h"

namespace hypergan::load {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

FakeTarget::Answer After(absl::Duration latency) { return {latency}; }

FakeTarget::Answer Failing(absl::Status status) {
  return {absl::Milliseconds(1), {.status = std::move(status)}};
}

class DriverTest : public testing::Test {
 protected:
  Recording Run(const LoadOptions& options, FakeTarget& target) {
    EXPECT_TRUE(CheckOptions(options).ok()) << CheckOptions(options);
    Driver driver(options, target, clock_, interrupted_,
                  [this](const Moment& moment) {
                    moments_.push_back(moment);
                    if (moment.elapsed >= interrupt_at_) interrupted_ = true;
                  });
    return driver.Run();
  }

  FakeClock clock_;
  std::atomic<bool> interrupted_ = false;
  absl::Duration interrupt_at_ = absl::InfiniteDuration();
  std::vector<Moment> moments_;
};

// Answers at once, from threads of its own; what the thread sanitizer sees of
// the driver, as it does not see into gRPC.
class ThreadTarget final : public Target {
 public:
  ThreadTarget() {
    for (int i = 0; i < 3; ++i) threads_.emplace_back([this] { Serve(); });
  }
  ~ThreadTarget() override {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    filled_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  std::unique_ptr<Call> Prepare(int64_t) override {
    return std::make_unique<ThreadCall>(*this);
  }

 private:
  struct ThreadCall final : public Call {
    explicit ThreadCall(ThreadTarget& to) : target(to) {}
    void Send(std::function<void()> done) override {
      std::lock_guard lock(target.mutex_);
      target.queue_.push_back([this, done = std::move(done)] {
        answered = true;
        done();
      });
      target.filled_.notify_one();
    }
    void Cancel() override {}
    Reply Check() override {
      return {.status = answered ? absl::OkStatus()
                                 : absl::InternalError("not answered")};
    }
    ThreadTarget& target;
    bool answered = false;
  };

  void Serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      filled_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const std::function<void()> answer = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      answer();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> queue_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

LoadOptions Closed(int64_t concurrency, absl::Duration warm_up,
                   absl::Duration duration) {
  return {.concurrency = concurrency, .warm_up = warm_up, .duration = duration};
}

LoadOptions Open(double rate, absl::Duration warm_up, absl::Duration duration) {
  return {.rate = rate, .warm_up = warm_up, .duration = duration};
}

TEST_F(DriverTest, KeepsSoManyRequestsGoing) {
  FakeTarget target(clock_, [](int64_t, absl::Duration) {
    return After(absl::Milliseconds(10));
  });
  const Recording recording =
      Run(Closed(4, absl::Seconds(1), absl::Seconds(2)), target);
  EXPECT_EQ(target.most_in_flight, 4);
  EXPECT_EQ(target.in_flight, 0);
  // 4 every 10 ms, in 2 of 3 s; those that begin with the window count.
  EXPECT_EQ(target.sent.size(), 1200);
  EXPECT_EQ(recording.latencies.size(), 800);
  EXPECT_THAT(recording.latencies, Each(testing::DoubleEq(0.010)));
  EXPECT_EQ(recording.window, 2);
  // Those that end as the window begins, as well.
  EXPECT_EQ(recording.completed_requests, 804);
  EXPECT_EQ(recording.completed_rows, 2 * 804);
  EXPECT_EQ(recording.completed_evaluations, 2 * 5 * 804);
  EXPECT_THAT(recording.errors, IsEmpty());
}

TEST_F(DriverTest, MeasuresSoManyRequestsAndNoMore) {
  FakeTarget target(clock_, [](int64_t, absl::Duration) {
    return After(absl::Milliseconds(100));
  });
  LoadOptions options = Closed(2, absl::ZeroDuration(), kMaxDuration);
  options.requests = 10;
  const Recording recording = Run(options, target);
  EXPECT_EQ(target.sent.size(), 10);
  EXPECT_THAT(target.prepared, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(recording.latencies.size(), 10);
  EXPECT_DOUBLE_EQ(recording.window, 0.5);
  EXPECT_EQ(recording.completed_requests, 10);
}

TEST_F(DriverTest, DoesNotCountTheWarmUp) {
  FakeTarget target(clock_, [](int64_t, absl::Duration sent) {
    return After(sent < absl::Seconds(1) ? absl::Milliseconds(500)
                                         : absl::Milliseconds(5));
  });
  LoadOptions options = Closed(1, absl::Seconds(1), absl::Seconds(5));
  options.requests = 3;
  const Recording recording = Run(options, target);
  EXPECT_EQ(target.sent.size(), 2 + 3);
  EXPECT_THAT(recording.latencies, Each(testing::DoubleEq(0.005)));
}

TEST_F(DriverTest, SendsAtTheTimesOfTheSchedule) {
  FakeTarget target(clock_, [](int64_t, absl::Duration) {
    return After(absl::Milliseconds(30));
  });
  const LoadOptions options =
      Open(100, absl::ZeroDuration(), absl::Seconds(20));
  const Recording recording = Run(options, target);
  PoissonSchedule schedule(100, options.schedule_seed);
  for (absl::Duration sent : target.sent) ASSERT_EQ(sent, schedule.Next());
  EXPECT_GE(schedule.Next(), absl::Seconds(20));
  EXPECT_GT(target.most_in_flight, 5);
  EXPECT_THAT(recording.latencies, Each(testing::DoubleEq(0.030)));
  EXPECT_EQ(recording.late, 0);
  EXPECT_EQ(recording.not_started, 0);
}

// A server that stalls for the second second, and answers everything it was
// sent meanwhile at its end; else within 1 ms.
FakeTarget::Answer Stalling(int64_t, absl::Duration sent) {
  if (sent < absl::Seconds(1) || sent >= absl::Seconds(2)) {
    return After(absl::Milliseconds(1));
  }
  return After(absl::Seconds(2) - sent);
}

TEST_F(DriverTest, ShowsAStallToEveryRequestThatWasDueInIt) {
  FakeTarget target(clock_, Stalling);
  LoadOptions options = Open(200, absl::ZeroDuration(), absl::Seconds(4));
  // Only one at a time: during the stall one is sent, and the others wait.
  options.max_in_flight = 1;
  Recording recording = Run(options, target);
  EXPECT_EQ(target.most_in_flight, 1);

  // The same arrivals through a queue before one server.
  PoissonSchedule schedule(200, options.schedule_seed);
  std::vector<double> expected;
  absl::Duration free;
  for (absl::Duration due = schedule.Next(); due < absl::Seconds(4);
       due = schedule.Next()) {
    const absl::Duration sent = std::max(due, free);
    if (sent >= absl::Seconds(4)) continue;  // no room before the end
    free = sent + Stalling(0, sent).latency;
    expected.push_back(absl::ToDoubleSeconds(free - due));
  }
  ASSERT_EQ(recording.latencies.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(recording.latencies[i], expected[i], 1e-9) << i;
  }
  // A quarter of the time nothing was answered: by the time of sending, all
  // but one would look fast.
  std::sort(recording.latencies.begin(), recording.latencies.end());
  EXPECT_GT(Percentile(recording.latencies, 0.9), 0.5);
  EXPECT_GT(recording.late, 100);
}

TEST_F(DriverTest, CountsWhatCouldNotBeStarted) {
  FakeTarget target(
      clock_, [](int64_t, absl::Duration) { return After(absl::Seconds(60)); });
  LoadOptions options = Open(100, absl::Seconds(1), absl::Seconds(2));
  options.max_in_flight = 3;
  const Recording recording = Run(options, target);
  EXPECT_EQ(target.sent.size(), 3);
  PoissonSchedule schedule(100, options.schedule_seed);
  int64_t due = 0;
  for (absl::Duration time = schedule.Next(); time < absl::Seconds(3);
       time = schedule.Next()) {
    due += time >= absl::Seconds(1);
  }
  // The three were sent during the warm-up.
  EXPECT_EQ(recording.not_started, due);
  EXPECT_THAT(recording.latencies, IsEmpty());
}

TEST_F(DriverTest, WaitsForWhatIsInFlightAtTheEnd) {
  FakeTarget target(
      clock_, [](int64_t, absl::Duration) { return After(absl::Seconds(7)); });
  const Recording recording =
      Run(Closed(3, absl::ZeroDuration(), absl::Seconds(10)), target);
  // Sent at 0 and at 7 s; the latter end after the window, and are measured.
  EXPECT_EQ(recording.latencies.size(), 6);
  EXPECT_EQ(recording.completed_requests, 3);
  EXPECT_EQ(recording.window, 10);
}

TEST_F(DriverTest, CountsFailuresByCodeAndNotAsLatencies) {
  FakeTarget target(clock_, [](int64_t index, absl::Duration) {
    if (index % 4 == 1) return Failing(absl::ResourceExhaustedError("full"));
    if (index % 4 == 2) return Failing(absl::InternalError("bad answer"));
    return After(absl::Milliseconds(2));
  });
  LoadOptions options = Closed(1, absl::ZeroDuration(), absl::Seconds(10));
  options.requests = 40;
  const Recording recording = Run(options, target);
  EXPECT_EQ(recording.latencies.size(), 20);
  EXPECT_EQ(recording.completed_requests, 20);
  ASSERT_EQ(recording.errors.size(), 2);
  const ErrorCount& full =
      recording.errors.at(absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(full.count, 10);
  EXPECT_EQ(full.first, "full");
  EXPECT_EQ(recording.errors.at(absl::StatusCode::kInternal).count, 10);
}

TEST_F(DriverTest, ReportsWhatItHasWhenInterrupted) {
  interrupt_at_ = absl::Seconds(3);
  FakeTarget target(clock_, [](int64_t index, absl::Duration) {
    return After(index < 50 ? absl::Milliseconds(100) : absl::Hours(1));
  });
  const Recording recording =
      Run(Closed(2, absl::Seconds(1), absl::Hours(2)), target);
  EXPECT_TRUE(recording.interrupted);
  EXPECT_EQ(target.in_flight, 0);
  EXPECT_NEAR(recording.window, 2, 0.2);
  EXPECT_EQ(recording.latencies.size(), 30);  // sent from 1 s to 2.5 s
  EXPECT_EQ(recording.unfinished, 2);
  EXPECT_THAT(recording.errors, IsEmpty());
}

TEST_F(DriverTest, TakesAnswersFromManyThreads) {
  for (const std::optional<double> rate : {std::optional<double>(), {20'000}}) {
    ThreadTarget target;
    LoadOptions options{
        .concurrency = 8, .rate = rate, .warm_up = absl::ZeroDuration()};
    options.requests = 2000;
    options.duration = kMaxDuration;  // however slow the machine
    Driver driver(options, target, Clock::Steady(), interrupted_,
                  [](const Moment&) {});
    const Recording recording = driver.Run();
    EXPECT_EQ(recording.latencies.size(), 2000);
    EXPECT_THAT(recording.errors, IsEmpty());
  }
}

TEST_F(DriverTest, SaysHowFarItIs) {
  FakeTarget target(clock_, [](int64_t, absl::Duration) {
    return After(absl::Milliseconds(250));
  });
  Run(Closed(3, absl::ZeroDuration(), absl::Seconds(1)), target);
  ASSERT_GE(moments_.size(), 10);
  EXPECT_EQ(moments_.back().sent, 12);
  for (const Moment& moment : moments_) EXPECT_LE(moment.in_flight, 3);
}

TEST(CheckOptionsTest, RefusesWhatIsOutOfBounds) {
  const auto refuses = [](auto change) {
    LoadOptions options;
    EXPECT_TRUE(CheckOptions(options).ok());
    change(options);
    EXPECT_TRUE(absl::IsInvalidArgument(CheckOptions(options)));
    return std::string(CheckOptions(options).message());
  };
  EXPECT_THAT(refuses([](auto& o) { o.concurrency = 0; }),
              HasSubstr("concurrency: expected 1 to 10000, got 0"));
  refuses([](auto& o) { o.concurrency = kMaxInFlight + 1; });
  refuses([](auto& o) { o.max_in_flight = 0; });
  refuses([](auto& o) { o.max_in_flight = kMaxInFlight + 1; });
  refuses([](auto& o) { o.requests = 0; });
  refuses([](auto& o) { o.requests = kMaxRequests + 1; });
  refuses([](auto& o) { o.warm_up = -absl::Seconds(1); });
  refuses([](auto& o) { o.duration = absl::ZeroDuration(); });
  refuses([](auto& o) { o.duration = kMaxDuration + absl::Seconds(1); });
  for (double rate : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                      std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(refuses([&](auto& o) { o.rate = rate; }), HasSubstr("rate"));
  }
}

TEST(CheckOptionsTest, BoundsTheArrivals) {
  LoadOptions options = Open(100'000, absl::Seconds(0), absl::Seconds(100));
  EXPECT_TRUE(CheckOptions(options).ok());
  options.duration = absl::Seconds(101);
  EXPECT_TRUE(absl::IsInvalidArgument(CheckOptions(options)));
  // Bounded otherwise.
  options.requests = 1000;
  EXPECT_TRUE(CheckOptions(options).ok());
}

}  // namespace
}  // namespace hypergan::load
