#include "server/serving/networks/reservoir.h"

#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

const Interrupt kGoOn = [] { return absl::OkStatus(); };

class ReservoirTest : public testing::Test {
 protected:
  ReservoirTest() { options_.reservoir_networks = 100; }

  void Start() {
    reservoir_ =
        std::make_unique<Reservoir>(options_, limits_, seeds_, metrics_);
  }

  auto Take(int64_t networks) {
    return reservoir_->Take(engine_, networks, now_);
  }

  // Until it is full; the number of pieces.
  int Fill() {
    int pieces = 0;
    while (true) {
      const auto refilled = reservoir_->Refill(now_, kGoOn);
      EXPECT_TRUE(refilled.ok()) << refilled.status();
      if (!refilled.ok() || !*refilled) return pieces;
      ++pieces;
      EXPECT_LE(reservoir_->networks(), options_.reservoir_networks);
      EXPECT_LE(reservoir_->bytes(), options_.reservoir_bytes);
    }
  }

  SamplingOptions options_;
  Limits limits_;
  absl::Time now_ = absl::UnixEpoch();
  SeedSource seeds_;
  prometheus::Registry registry_;
  StoreMetrics metrics_{registry_, "reservoir"};
  absl::Status draw_status_;
  std::shared_ptr<FakeEngine> engine_ = std::make_shared<FakeEngine>(
      RegressionManifest(), nullptr,
      [this](absl::Span<const NetworkRange>, const Interrupt&) {
        return draw_status_;
      });
  std::unique_ptr<Reservoir> reservoir_;
};

TEST_F(ReservoirTest, DrawsNothingBeforeAnybodyAsks) {
  Start();
  EXPECT_EQ(Fill(), 0);
}

TEST_F(ReservoirTest, FillsToItsBoundInNetworks) {
  Start();
  EXPECT_FALSE(Take(10).has_value());
  EXPECT_GT(Fill(), 1);
  EXPECT_EQ(reservoir_->networks(), 100);
}

TEST_F(ReservoirTest, FillsToItsBoundInBytes) {
  options_.reservoir_bytes = 35 * FakeEngine::kNetworkBytes;
  Start();
  Take(10);
  Fill();
  EXPECT_EQ(reservoir_->networks(), 30);
}

TEST_F(ReservoirTest, OnceFullWaitsForAProductsWorthToBeMissing) {
  options_.reservoir_networks = 1000;
  Start();
  Take(10);
  Fill();
  // Drawing ten networks takes almost as long as drawing thirty: whoever takes
  // one ensemble after the other waits for every third to be drawn.
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(Take(10).has_value());
    EXPECT_FALSE(*reservoir_->Refill(now_, kGoOn));
    EXPECT_TRUE(Take(10).has_value());
    EXPECT_FALSE(*reservoir_->Refill(now_, kGoOn));
    EXPECT_TRUE(Take(10).has_value());
    EXPECT_EQ(Fill(), 1);
    EXPECT_EQ(reservoir_->networks(), 1000);
  }
}

TEST_F(ReservoirTest, DrawsForLaterRequestsAlongWithOneThatMissed) {
  Start();
  Take(10);
  Fill();
  while (Take(10).has_value()) continue;
  const int64_t before = engine_->drawn();
  const NetworkRange range{77, 0, 10};
  const auto drawn = reservoir_->DrawAlong(engine_, range, kGoOn);
  ASSERT_TRUE(drawn.ok()) << drawn.status();
  EXPECT_EQ(FakeEngine::NetworksOf({*drawn, 0, 10})[9],
            (FakeEngine::Network{77, 9}));
  EXPECT_EQ(engine_->drawn() - before, 30);
  std::set<uint64_t> seeds{77};
  for (int i = 0; i < 2; ++i) seeds.insert(Take(10).value().seed);
  EXPECT_EQ(seeds.size(), 3u);
  EXPECT_FALSE(Take(10).has_value());
}

TEST_F(ReservoirTest, DrawsNothingAlongThatItHasNoRoomOrUseFor) {
  Start();
  const auto along = [&](int64_t networks) {
    const int64_t before = engine_->drawn();
    const NetworkRange range{77, 0, networks};
    EXPECT_TRUE(reservoir_->DrawAlong(engine_, range, kGoOn).ok());
    return engine_->drawn() - before;
  };
  EXPECT_EQ(along(10), 10);  // of a kind that nobody asked for
  Take(10);
  Take(50);
  Fill();
  EXPECT_EQ(along(10), 10);  // with the reservoir full
  EXPECT_EQ(along(50), 50);  // that fills a product by itself
  EXPECT_LE(reservoir_->networks(), 100);
}

TEST_F(ReservoirTest, KeepsNothingOfADrawThatFails) {
  Start();
  Take(10);
  Fill();
  while (Take(10).has_value()) continue;
  draw_status_ = absl::ResourceExhaustedError("no memory");
  const NetworkRange range{77, 0, 10};
  EXPECT_EQ(reservoir_->DrawAlong(engine_, range, kGoOn).status(),
            draw_status_);
  EXPECT_EQ(reservoir_->networks(), 0);
}

TEST_F(ReservoirTest, DoesNotWaitToBeEmpty) {
  Start();  // with room for two
  Take(50);
  Fill();
  EXPECT_TRUE(Take(50).has_value());
  EXPECT_EQ(Fill(), 1);
}

TEST_F(ReservoirTest, KeepsNothingThatIsLargerThanItself) {
  options_.reservoir_bytes = 9 * FakeEngine::kNetworkBytes;
  Start();
  Take(10);
  EXPECT_EQ(Fill(), 0);
  Take(101);
  EXPECT_EQ(Fill(), 0);
  EXPECT_EQ(engine_->drawn(), 0);
}

TEST_F(ReservoirTest, DrawsNoMoreAtOnceThanTheBytesOfAPiece) {
  limits_.max_piece_bytes = 25 * FakeEngine::kNetworkBytes;
  Start();
  Take(10);
  const NetworkRange range{77, 0, 10};
  ASSERT_TRUE(reservoir_->DrawAlong(engine_, range, kGoOn).ok());
  Fill();
  EXPECT_EQ(reservoir_->networks(), 100);
  EXPECT_EQ(engine_->most_drawn_at_once(), 20);
}

TEST_F(ReservoirTest, LeavesEnsemblesThatAreCutIntoPiecesAlone) {
  limits_.max_piece_bytes = 9 * FakeEngine::kNetworkBytes;
  Start();
  Take(10);
  EXPECT_EQ(Fill(), 0);
  const NetworkRange range{77, 0, 5};
  ASSERT_TRUE(reservoir_->DrawAlong(engine_, range, kGoOn).ok());
  EXPECT_EQ(engine_->most_drawn_at_once(), 5);
  EXPECT_EQ(Fill(), 0);
}

TEST_F(ReservoirTest, HandsOutNoNetworkTwice) {
  Start();
  Take(10);
  std::set<uint64_t> seeds;
  for (int i = 0; i < 100; ++i) {
    Fill();
    const auto ensemble = Take(10);
    ASSERT_TRUE(ensemble.has_value());
    EXPECT_TRUE(seeds.insert(ensemble->seed).second);
    EXPECT_EQ(ensemble->networks->count(), 10);
    const auto networks = FakeEngine::NetworksOf({ensemble->networks, 0, 10});
    EXPECT_EQ(networks[3], (FakeEngine::Network{ensemble->seed, 3}));
  }
}

TEST_F(ReservoirTest, SharesItsRoomBetweenWhatWasAskedForLately) {
  Start();
  Take(10);
  Fill();
  Take(5);
  EXPECT_EQ(reservoir_->networks(), 50);  // the first gave up half
  Fill();
  EXPECT_EQ(reservoir_->networks(), 100);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Take(10).has_value());
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Take(5).has_value());
  EXPECT_FALSE(Take(10).has_value());
}

TEST_F(ReservoirTest, ForgetsWhatWasNotAskedForLately) {
  Start();
  Take(10);
  Fill();
  now_ += Reservoir::kRecent + absl::Seconds(1);
  EXPECT_EQ(Fill(), 0);
  EXPECT_EQ(reservoir_->networks(), 0);
}

TEST_F(ReservoirTest, RemembersAFewKindsOnly) {
  Start();
  for (int64_t networks = 1; networks <= 10; ++networks) Take(networks);
  Fill();
  for (int64_t networks = 1; networks <= 6; ++networks) {
    EXPECT_FALSE(Take(networks).has_value());
  }
}

TEST_F(ReservoirTest, RestsAfterAnErrorUntilItIsAskedAgain) {
  Start();
  Take(10);
  draw_status_ = absl::ResourceExhaustedError("no memory");
  EXPECT_EQ(reservoir_->Refill(now_, kGoOn).status(), draw_status_);
  draw_status_ = absl::OkStatus();
  EXPECT_FALSE(*reservoir_->Refill(now_, kGoOn));
  Take(10);
  EXPECT_TRUE(*reservoir_->Refill(now_, kGoOn));
}

TEST_F(ReservoirTest, CountsHitsMissesAndRefills) {
  Start();
  Take(10);
  Fill();
  Take(10);
  const std::string text =
      prometheus::TextSerializer().Serialize(registry_.Collect());
  EXPECT_THAT(text, HasSubstr("hypergan_reservoir_hits_total 1"));
  EXPECT_THAT(text, HasSubstr("hypergan_reservoir_misses_total 1"));
  EXPECT_THAT(text, HasSubstr("hypergan_reservoir_filled_total 100"));
  EXPECT_THAT(text, HasSubstr("hypergan_reservoir_networks 90"));
  EXPECT_THAT(text, HasSubstr("hypergan_reservoir_bytes 90000"));
}

}  // namespace
}  // namespace hypergan::server
