#include "server/serving/networks/networks.h"

#include "gtest/gtest.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

const Interrupt kGoOn = [] { return absl::OkStatus(); };
constexpr int64_t kBytes = 1000 * FakeEngine::kNetworkBytes;

// The networks of the slices, in order.
std::vector<FakeEngine::Network> Flatten(
    const std::vector<NetworkSlice>& slices) {
  std::vector<FakeEngine::Network> all;
  for (const NetworkSlice& slice : slices) {
    const auto some = FakeEngine::NetworksOf(slice);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

class NetworksTest : public testing::Test {
 protected:
  std::vector<NetworkSlice> Drawn(uint64_t seed, int64_t count) const {
    const NetworkRange range{seed, 0, count};
    return {{(*engine_->Draw({&range, 1}, kGoOn))[0], 0, count}};
  }

  const std::shared_ptr<FakeEngine> engine_ =
      std::make_shared<FakeEngine>(RegressionManifest());
};

TEST_F(NetworksTest, GivesTheSeedsNetworksInOrderHoweverTheyAreTaken) {
  Networks networks(engine_, Sampling::kFresh, 9, 100, kBytes, Drawn(9, 10));
  std::vector<FakeEngine::Network> all;
  for (const int64_t count : {3, 8, 1, 60, 28}) {
    const auto taken = networks.Take(count, kGoOn);
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(CountOf(*taken), count);
    const auto some = Flatten(*taken);
    all.insert(all.end(), some.begin(), some.end());
  }
  ASSERT_EQ(all.size(), 100u);
  for (int64_t n = 0; n < 100; ++n) {
    EXPECT_EQ(all[static_cast<size_t>(n)], (FakeEngine::Network{9, n}));
  }
}

TEST_F(NetworksTest, DrawsNoMoreThanItsTotalNorLessThanIsWorthIt) {
  Networks networks(engine_, Sampling::kFresh, 1, 40, kBytes, {});
  ASSERT_TRUE(networks.Take(1, kGoOn).ok());
  EXPECT_EQ(engine_->drawn(), 32);
  ASSERT_TRUE(networks.Take(39, kGoOn).ok());
  EXPECT_EQ(engine_->drawn(), 40);
  EXPECT_EQ(networks.Take(1, kGoOn).status().code(),
            absl::StatusCode::kInternal);
}

TEST_F(NetworksTest, DrawsNoMoreThanTheBytesHoldUnlessTheyAreAskedFor) {
  Networks networks(engine_, Sampling::kFresh, 1, 40,
                    4 * FakeEngine::kNetworkBytes + 1, {});
  ASSERT_TRUE(networks.Take(1, kGoOn).ok());
  EXPECT_EQ(engine_->drawn(), 4);
  ASSERT_TRUE(networks.Take(9, kGoOn).ok());
  EXPECT_EQ(engine_->drawn(), 10);

  Networks huge(engine_, Sampling::kFresh, 1, 40, FakeEngine::kNetworkBytes - 1,
                {});
  ASSERT_TRUE(huge.Take(1, kGoOn).ok());
  EXPECT_EQ(engine_->drawn(), 11);
}

TEST_F(NetworksTest, PreparesWhatIsTakenLater) {
  Networks networks(engine_, Sampling::kFresh, 1, 100, kBytes, Drawn(1, 10));
  const int64_t before = engine_->drawn();
  ASSERT_TRUE(networks.Prepare(10, kGoOn).ok());
  EXPECT_EQ(engine_->drawn(), before);
  ASSERT_TRUE(networks.Prepare(60, kGoOn).ok());
  EXPECT_EQ(engine_->drawn(), before + 50);
  const auto taken = networks.Take(60, kGoOn);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(engine_->drawn(), before + 50);
  EXPECT_EQ(Flatten(*taken)[59], (FakeEngine::Network{1, 59}));
}

TEST_F(NetworksTest, LosesNothingWhenADrawFails) {
  Networks networks(engine_, Sampling::kFresh, 1, 40, kBytes, Drawn(1, 4));
  const Interrupt stop = [] { return absl::CancelledError("stop"); };
  EXPECT_EQ(networks.Take(6, stop).status().code(),
            absl::StatusCode::kCancelled);
  const auto taken = networks.Take(6, kGoOn);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(Flatten(*taken)[5], (FakeEngine::Network{1, 5}));
}

TEST_F(NetworksTest, KeepsWhatWasTakenUnlessItBecomesTooMuch) {
  Networks all(engine_, Sampling::kSeeded, 1, 20, kBytes, {});
  all.Keep(20 * FakeEngine::kNetworkBytes);
  ASSERT_TRUE(all.Take(5, kGoOn).ok());
  ASSERT_TRUE(all.Take(15, kGoOn).ok());
  EXPECT_EQ(CountOf(all.kept()), 20);
  EXPECT_EQ(BytesOf(all.kept()), 20 * FakeEngine::kNetworkBytes);

  Networks too_many(engine_, Sampling::kSeeded, 1, 100, kBytes, {});
  too_many.Keep(50 * FakeEngine::kNetworkBytes);
  ASSERT_TRUE(too_many.Take(40, kGoOn).ok());
  ASSERT_TRUE(too_many.Take(60, kGoOn).ok());
  EXPECT_TRUE(too_many.kept().empty());
}

TEST_F(NetworksTest, HasNoSeedFromAPool) {
  Networks networks(Drawn(3, 8));
  EXPECT_EQ(networks.seed(), std::nullopt);
  EXPECT_EQ(networks.sampling(), Sampling::kPool);
  EXPECT_TRUE(networks.Take(8, kGoOn).ok());
  EXPECT_FALSE(networks.Take(1, kGoOn).ok());
}

}  // namespace
}  // namespace hypergan::server
