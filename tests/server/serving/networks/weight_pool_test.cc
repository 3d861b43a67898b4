#include "server/serving/networks/weight_pool.h"

#include <map>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

const Interrupt kGoOn = [] { return absl::OkStatus(); };

class WeightPoolTest : public testing::Test {
 protected:
  WeightPoolTest() {
    options_.mode = SamplingMode::kPool;
    options_.pool_networks = 64;
    options_.pool_refresh = absl::Seconds(40);
  }

  void Start() {
    pool_ = std::make_unique<WeightPool>(options_, limits_, seeds_, metrics_);
  }

  std::vector<FakeEngine::Network> Take(int64_t count) {
    std::vector<FakeEngine::Network> all;
    for (const NetworkSlice& slice : pool_->Take(engine_, count, now_)) {
      const auto some = FakeEngine::NetworksOf(slice);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

  int Fill() {
    int pieces = 0;
    while (*pool_->Refill(now_, kGoOn)) ++pieces;
    EXPECT_LE(pool_->networks(), options_.pool_networks);
    EXPECT_LE(pool_->bytes(), options_.reservoir_bytes);
    return pieces;
  }

  void Put(int64_t count) {
    const NetworkRange range{seeds_.Next(), 0, count};
    pool_->Put(engine_, {{(*engine_->Draw({&range, 1}, kGoOn))[0], 0, count}},
               now_);
  }

  SamplingOptions options_;
  Limits limits_;
  absl::Time now_ = absl::UnixEpoch();
  SeedSource seeds_;
  prometheus::Registry registry_;
  StoreMetrics metrics_{registry_, "pool"};
  std::shared_ptr<FakeEngine> engine_ =
      std::make_shared<FakeEngine>(RegressionManifest());
  std::unique_ptr<WeightPool> pool_;
};

TEST_F(WeightPoolTest, GivesDifferentNetworksWithoutReplacement) {
  Start();
  EXPECT_TRUE(Take(10).empty());
  Fill();
  EXPECT_EQ(pool_->networks(), 64);
  for (const int64_t count : {1, 10, 16, 50, 64}) {
    const auto taken = Take(count);
    const std::set<FakeEngine::Network> different(taken.begin(), taken.end());
    EXPECT_EQ(different.size(), static_cast<size_t>(count));
  }
  EXPECT_TRUE(Take(65).empty());
}

TEST_F(WeightPoolTest, GivesEveryNetworkEquallyOften) {
  Start();
  Take(10);
  Fill();
  std::map<FakeEngine::Network, int> times;
  constexpr int kTakes = 6400;
  for (int i = 0; i < kTakes; ++i) {
    for (const auto& network : Take(10)) ++times[network];
  }
  ASSERT_EQ(times.size(), 64u);
  // 1,000 times each; the deviation of a binomial count is 29.
  for (const auto& [network, count] : times) EXPECT_NEAR(count, 1000, 180);
}

TEST_F(WeightPoolTest, RenewsThemAllAtItsRate) {
  Start();
  Take(64);
  Fill();
  now_ += options_.pool_refresh;
  EXPECT_TRUE(Take(64).empty());  // due
  const int64_t before = engine_->drawn();
  for (int second = 0; second < 40; ++second) {
    Fill();
    Take(64);
    now_ += absl::Seconds(1);
  }
  EXPECT_NEAR(static_cast<double>(engine_->drawn() - before), 64, 16);
}

TEST_F(WeightPoolTest, TakesTheOldestOutForThoseThatAreNew) {
  Start();
  Take(64);
  Fill();
  const auto old = Take(64);
  Put(30);
  const auto now = Take(48);  // 64 + 30, less two blocks of 16 at least
  ASSERT_EQ(now.size(), 48u);
  EXPECT_LE(pool_->networks(), 64);
  const std::set<FakeEngine::Network> before(old.begin(), old.end());
  int renewed = 0;
  for (const auto& network : now) renewed += !before.contains(network);
  EXPECT_GE(renewed, 14);
}

TEST_F(WeightPoolTest, ServesWhileOneBlockIsMissing) {
  Start();
  Take(10);
  Fill();
  Put(60);  // leaves it with 60
  EXPECT_EQ(pool_->networks(), 60);
  EXPECT_EQ(Take(60).size(), 60u);
}

TEST_F(WeightPoolTest, IsBoundedInBytesOverAllModels) {
  options_.reservoir_bytes = 70 * FakeEngine::kNetworkBytes;
  Start();
  Take(10);
  Fill();
  EXPECT_EQ(pool_->networks(), 64);
  engine_ = std::make_shared<FakeEngine>(RegressionManifest());
  Take(10);
  Fill();
  EXPECT_LE(pool_->bytes(), options_.reservoir_bytes);
  EXPECT_EQ(Take(60).size(), 60u);  // the other made room
}

TEST_F(WeightPoolTest, IsSmallerThanAskedForWhenTheBytesDoNotLast) {
  options_.reservoir_bytes = 40 * FakeEngine::kNetworkBytes;
  Start();
  Take(10);
  EXPECT_LT(Fill(), 10);
  EXPECT_EQ(pool_->networks(), 40);
  EXPECT_EQ(Take(40).size(), 40u);
}

TEST_F(WeightPoolTest, DrawsNoMoreAtOnceThanTheBytesOfAPiece) {
  limits_.max_piece_bytes = 5 * FakeEngine::kNetworkBytes + 1;
  Start();
  Take(10);
  Fill();
  EXPECT_EQ(pool_->networks(), 64);
  EXPECT_EQ(engine_->most_drawn_at_once(), 5);
}

TEST_F(WeightPoolTest, DrawsNothingOfNetworksThatAreLargerThanItself) {
  options_.reservoir_bytes = FakeEngine::kNetworkBytes - 1;
  Start();
  Take(1);
  EXPECT_EQ(Fill(), 0);
  EXPECT_EQ(engine_->drawn(), 0);
}

TEST_F(WeightPoolTest, GrowsAgainOnceTheBytesAreThere) {
  options_.reservoir_bytes = 70 * FakeEngine::kNetworkBytes;
  Start();
  const auto first = engine_;
  Take(10);
  engine_ = std::make_shared<FakeEngine>(RegressionManifest());
  Take(10);  // the latest, and the first to be filled
  Fill();
  engine_ = first;  // which found no room any more
  Take(10);
  Fill();
  EXPECT_EQ(Take(64).size(), 64u);
}

TEST_F(WeightPoolTest, RestsWhenNobodyAsks) {
  Start();
  Take(10);
  Fill();
  EXPECT_EQ(pool_->NextRefill(now_), now_ + options_.pool_refresh);
  now_ += WeightPool::kRecent + absl::Seconds(1);
  EXPECT_EQ(Fill(), 0);
  EXPECT_EQ(pool_->NextRefill(now_), absl::InfiniteFuture());
}

TEST_F(WeightPoolTest, NeverRenewsWithAnInfiniteRefresh) {
  options_.pool_refresh = absl::InfiniteDuration();
  Start();
  Take(10);
  Fill();
  now_ += absl::Hours(1000);
  EXPECT_EQ(Take(10).size(), 10u);
  EXPECT_EQ(Fill(), 0);
}

}  // namespace
}  // namespace hypergan::server
