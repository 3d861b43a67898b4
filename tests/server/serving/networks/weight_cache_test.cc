#include "server/serving/networks/weight_cache.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

class WeightCacheTest : public testing::Test {
 protected:
  static constexpr int64_t kBytes = 40 * FakeEngine::kNetworkBytes;

  std::vector<NetworkSlice> Drawn(uint64_t seed, int64_t count) const {
    const NetworkRange range{seed, 0, count};
    const auto go_on = [] { return absl::OkStatus(); };
    return {{(*engine_->Draw({&range, 1}, go_on))[0], 0, count}};
  }

  bool Has(uint64_t seed, int64_t count) {
    return CountOf(cache_.Find(engine_, seed, count)) == count;
  }

  const std::shared_ptr<FakeEngine> engine_ =
      std::make_shared<FakeEngine>(RegressionManifest());
  prometheus::Registry registry_;
  StoreMetrics metrics_{registry_, "weight_cache"};
  WeightCache cache_{kBytes, metrics_};
};

TEST_F(WeightCacheTest, FindsTheSameSeedAndNumberOfTheSameEngineAlone) {
  cache_.Insert(engine_, 1, Drawn(1, 10));
  EXPECT_TRUE(Has(1, 10));
  EXPECT_FALSE(Has(1, 9));
  EXPECT_FALSE(Has(2, 10));
  const auto other = std::make_shared<FakeEngine>(RegressionManifest());
  EXPECT_TRUE(cache_.Find(other, 1, 10).empty());
  const auto found = cache_.Find(engine_, 1, 10);
  EXPECT_EQ(FakeEngine::NetworksOf(found[0])[9], (FakeEngine::Network{1, 9}));
}

TEST_F(WeightCacheTest, MakesRoomByWhatWasNotAskedForTheLongest) {
  for (const uint64_t seed : {1, 2, 3, 4}) {
    cache_.Insert(engine_, seed, Drawn(seed, 10));
  }
  EXPECT_EQ(cache_.bytes(), kBytes);
  EXPECT_TRUE(Has(1, 10));
  cache_.Insert(engine_, 5, Drawn(5, 10));
  EXPECT_TRUE(Has(1, 10));
  EXPECT_FALSE(Has(2, 10));
  EXPECT_EQ(cache_.bytes(), kBytes);
}

TEST_F(WeightCacheTest, IsNotEmptiedByOneRequest) {
  cache_.Insert(engine_, 1, Drawn(1, 10));
  cache_.Insert(engine_, 2, Drawn(2, 21));
  EXPECT_TRUE(Has(1, 10));
  EXPECT_FALSE(Has(2, 21));
}

TEST_F(WeightCacheTest, CountsHitsAndMissesAndItsLevel) {
  cache_.Insert(engine_, 1, Drawn(1, 10));
  Has(1, 10);
  Has(1, 10);
  Has(7, 10);
  const std::string text =
      prometheus::TextSerializer().Serialize(registry_.Collect());
  EXPECT_THAT(text, HasSubstr("hypergan_weight_cache_hits_total 2"));
  EXPECT_THAT(text, HasSubstr("hypergan_weight_cache_misses_total 1"));
  EXPECT_THAT(text, HasSubstr("hypergan_weight_cache_filled_total 10"));
  EXPECT_THAT(text, HasSubstr("hypergan_weight_cache_networks 10"));
  EXPECT_THAT(text, HasSubstr("hypergan_weight_cache_bytes 10000"));
}

TEST_F(WeightCacheTest, KeepsNothingWithoutBytes) {
  WeightCache none(0, metrics_);
  none.Insert(engine_, 1, Drawn(1, 1));
  EXPECT_TRUE(none.Find(engine_, 1, 1).empty());
}

}  // namespace
}  // namespace hypergan::server
