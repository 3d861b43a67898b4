// What the policy does under load, in simulated time: the engine is the only
// thing that takes any.
#include <algorithm>
#include <cmath>
#include <random>

#include "tests/server/serving/scheduling/scheduler_fixture.h"

namespace hypergan::server {
namespace {

struct Arrival {
  absl::Time time;
  bool heavy = false;
  bool accepted = false;
  Asked asked;
};

class SchedulerLoadTest : public SchedulerFixture {
 protected:
  // Poisson arrivals for a minute, one in twenty heavy, that bring `load` times
  // what the engine can do. Each has a seed of its own, so that sharing does
  // not lower the load.
  std::vector<std::unique_ptr<Arrival>> MakeArrivals(double load) const {
    constexpr double kLightWork = 100 * (1 + 1);  // N (B + 1 for the draw)
    constexpr double kHeavyWork = 100 * (100 + 1);
    constexpr double kWork = 0.95 * kLightWork + 0.05 * kHeavyWork;
    const double rate = load / (kWork * absl::ToDoubleSeconds(kUnit));
    std::mt19937 random(7);
    std::exponential_distribution<double> gap(rate);
    std::vector<std::unique_ptr<Arrival>> arrivals;
    for (absl::Time time = clock_.Now(); time < clock_.Now() + absl::Minutes(1);
         time += absl::Microseconds(std::ceil(1e6 * gap(random)))) {
      arrivals.push_back(std::make_unique<Arrival>());
      arrivals.back()->time = time;
      arrivals.back()->heavy = random() % 20 == 0;
    }
    return arrivals;
  }

  void Serve(std::vector<std::unique_ptr<Arrival>>& arrivals) {
    size_t next = 0;
    const auto submit_what_came = [&] {
      for (; next < arrivals.size() && arrivals[next]->time <= clock_.Now();
           ++next) {
        Arrival& arrival = *arrivals[next];
        arrival.accepted =
            Submit(arrival.asked, arrival.heavy ? 100 : 1, 100, next).ok();
        most_jobs_ = std::max(most_jobs_, level_.requests);
        most_work_ = std::max(most_work_, level_.row_networks);
      }
    };
    while (true) {
      submit_what_came();
      if (scheduler_->RunPiece()) continue;
      if (next == arrivals.size()) return;
      clock_.Advance(arrivals[next]->time - clock_.Now());
    }
  }

  // Of the accepted ones of a kind that came between two shares of the minute.
  static absl::Duration P99(
      const std::vector<std::unique_ptr<Arrival>>& arrivals, bool heavy,
      double from, double to) {
    std::vector<absl::Duration> latencies;
    const auto size = static_cast<double>(arrivals.size());
    for (auto i = static_cast<size_t>(size * from);
         i < static_cast<size_t>(size * to); ++i) {
      const Arrival& arrival = *arrivals[i];
      if (arrival.accepted && arrival.heavy == heavy) {
        latencies.push_back(arrival.asked.ended - arrival.time);
      }
    }
    std::sort(latencies.begin(), latencies.end());
    return latencies.at(latencies.size() * 99 / 100);
  }

  int64_t most_jobs_ = 0;
  int64_t most_work_ = 0;
};

TEST_F(SchedulerLoadTest, KeepsQueueAndLatencySteadyAboveItsCapacity) {
  limits_.max_queued_row_networks = 50'000;  // half a second of work
  Start();
  auto arrivals = MakeArrivals(1.2);
  Serve(arrivals);

  EXPECT_LE(most_jobs_, limits_.max_queued_requests);
  EXPECT_LE(most_work_, limits_.max_queued_row_networks);
  int refused = 0;
  for (const auto& arrival : arrivals) {
    refused += !arrival->accepted;
    ASSERT_EQ(arrival->accepted, arrival->asked.end.has_value());
    if (arrival->accepted) {
      ASSERT_TRUE(arrival->asked.end->ok());
    }
  }
  EXPECT_GT(refused, 0);
  for (const bool heavy : {false, true}) {
    const auto early = P99(arrivals, heavy, 0.1, 0.4);
    const auto late = P99(arrivals, heavy, 0.7, 1.0);
    EXPECT_LT(late, early * 1.3) << heavy;
    EXPECT_GT(late, early / 1.3) << heavy;
  }
  // The queue, and one heavy job that is being worked on, in front of it.
  EXPECT_LT(P99(arrivals, true, 0.1, 1.0), absl::Seconds(1));
}

TEST_F(SchedulerLoadTest, KeepsLightJobsFastBesideHeavyOnes) {
  Start();
  auto arrivals = MakeArrivals(0.8);
  Serve(arrivals);
  // A piece of the heavy ones takes 21 ms, a light job 2 ms.
  EXPECT_LT(P99(arrivals, false, 0, 1), absl::Milliseconds(60));
  EXPECT_GT(P99(arrivals, true, 0, 1), absl::Milliseconds(100));
}

}  // namespace
}  // namespace hypergan::server
