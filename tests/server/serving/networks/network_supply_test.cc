#include "server/serving/networks/network_supply.h"

#include <algorithm>
#include <array>
#include <list>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "tests/server/serving/scheduling/scheduler_fixture.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

// With a scheduler in front, as in the server.
class NetworkSupplyTest : public SchedulerFixture {
 protected:
  NetworkSupplyTest() { sampling_ = SamplingOptions(); }

  // One request by itself.
  Answer Ask(int64_t networks, std::optional<uint64_t> seed = std::nullopt) {
    Asked asked;
    EXPECT_TRUE(Submit(asked, 1, networks, seed).ok());
    while (!asked.end.has_value()) scheduler_->RunPiece();
    EXPECT_TRUE(asked.end->ok()) << asked.end->status();
    return asked.answer();
  }

  std::vector<FakeEngine::Network> NetworksAsked() const {
    std::vector<FakeEngine::Network> all;
    for (const Piece& piece : pieces_) {
      all.insert(all.end(), piece.networks.begin(), piece.networks.end());
    }
    return all;
  }

  std::list<prometheus::Registry> registries_;

  // Does the noise of the networks that were asked have the distribution of the
  // generator's, here one of eight values evenly? Pearson's chi-squared over
  // seven degrees of freedom exceeds 50 once in 10^8 times.
  void ExpectGeneratorsDistribution() const {
    std::array<double, 8> counts{};
    const auto networks = NetworksAsked();
    for (const auto& [seed, place] : networks) {
      const float noise = FakeEngine::Output(0, 0, seed, place);
      ++counts.at(static_cast<size_t>(noise * 8));
    }
    const double expected = static_cast<double>(networks.size()) / 8;
    double chi_squared = 0;
    for (const double count : counts) {
      chi_squared += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi_squared, 50) << networks.size();
  }
};

TEST_F(NetworkSupplyTest, FreshNeverAsksTheSameNetworkForTwoBatches) {
  Start();
  for (int i = 0; i < 200; ++i) {
    Ask(i % 2 == 0 ? 10 : 30);
    if (i % 3 == 0) RunAll();  // some find the reservoir full, some do not
  }
  const auto networks = NetworksAsked();
  const std::set<FakeEngine::Network> different(networks.begin(),
                                                networks.end());
  EXPECT_EQ(different.size(), networks.size());
  EXPECT_EQ(networks.size(), 4000u);
  EXPECT_THAT(MetricsText(), testing::Not(HasSubstr("reservoir_hits_total 0")));
}

TEST_F(NetworkSupplyTest, AMissBringsNetworksForThoseWhoComeNext) {
  sampling_.reservoir_networks = 40;
  Start();
  Ask(10);
  RunAll();
  // Without a moment to draw ahead in, until the reservoir is empty.
  std::vector<absl::Duration> drawing;
  for (int i = 0; i < 60; ++i) drawing.push_back(Ask(10).drawing);
  const auto waits = std::count_if(
      drawing.begin(), drawing.end(),
      [](absl::Duration waited) { return waited > absl::ZeroDuration(); });
  EXPECT_GT(waits, 10);
  EXPECT_LE(waits, 20);  // every third
}

TEST_F(NetworkSupplyTest, AFilledReservoirLeavesNothingToDraw) {
  Start();
  Ask(10);
  RunAll();
  const Answer answer = Ask(10);
  EXPECT_EQ(answer.drawing, absl::ZeroDuration());
  EXPECT_EQ(answer.sampling, Sampling::kFresh);
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_reservoir_hits_total 1"));
}

TEST_F(NetworkSupplyTest, TheSeedOfADrawnAheadAnswerGivesItAgain) {
  Start();
  Ask(10);
  RunAll();
  pieces_.clear();
  const Answer fresh = Ask(10);
  const Answer again = Ask(10, fresh.seed);
  EXPECT_EQ(again.prediction.mean, fresh.prediction.mean);
  EXPECT_EQ(again.sampling, Sampling::kSeeded);
  EXPECT_EQ(pieces_[0].networks, pieces_[1].networks);
}

TEST_F(NetworkSupplyTest, DrawsTheNetworksOfASeedOnce) {
  Start();
  Ask(300, 5);
  const int64_t drawn = engine_->drawn();
  EXPECT_EQ(drawn, 300);
  const Answer again = Ask(300, 5);
  EXPECT_EQ(engine_->drawn(), drawn);
  EXPECT_EQ(again.drawing, absl::ZeroDuration());
  Ask(299, 5);  // another N
  EXPECT_GT(engine_->drawn(), drawn);
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_weight_cache_hits_total 1"));
}

TEST_F(NetworkSupplyTest, APoolAnswersWithoutASeedAndUsesNetworksAgain) {
  sampling_.mode = SamplingMode::kPool;
  sampling_.pool_networks = 64;
  Start();
  const Answer first = Ask(10);  // fills the pool
  EXPECT_EQ(first.sampling, Sampling::kFresh);
  EXPECT_TRUE(first.seed.has_value());
  RunAll();
  pieces_.clear();
  const int64_t drawn = engine_->drawn();
  for (int i = 0; i < 20; ++i) {
    const Answer answer = Ask(10);
    EXPECT_EQ(answer.sampling, Sampling::kPool);
    EXPECT_EQ(answer.seed, std::nullopt);
  }
  EXPECT_EQ(engine_->drawn(), drawn);
  const auto networks = NetworksAsked();
  const std::set<FakeEngine::Network> different(networks.begin(),
                                                networks.end());
  EXPECT_LE(different.size(), 64u);
  EXPECT_GT(different.size(), 40u);
}

TEST_F(NetworkSupplyTest, APoolIsFilledByRequestsWhenTheWorkerIsNeverIdle) {
  sampling_.mode = SamplingMode::kPool;
  sampling_.pool_networks = 64;
  Start();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Ask(10).sampling, Sampling::kFresh);
  EXPECT_EQ(Ask(10).sampling, Sampling::kPool);
}

TEST_F(NetworkSupplyTest, APoolLeavesSeedsAndLargerEnsemblesAlone) {
  sampling_.mode = SamplingMode::kPool;
  sampling_.pool_networks = 64;
  Start();
  Ask(10);
  RunAll();
  EXPECT_EQ(Ask(10, 3).seed, 3u);
  const Answer large = Ask(65);
  EXPECT_EQ(large.sampling, Sampling::kFresh);
  EXPECT_TRUE(large.seed.has_value());
}

TEST_F(NetworkSupplyTest, EveryModeHasNetworksOfTheGeneratorsDistribution) {
  for (const SamplingMode mode : {SamplingMode::kFresh, SamplingMode::kPool}) {
    sampling_.mode = mode;
    sampling_.pool_networks = 512;
    sampling_.pool_refresh = absl::Milliseconds(100);
    auto& registry = registries_.emplace_back();
    scheduler_.reset();
    supply_ =
        std::make_unique<NetworkSupply>(sampling_, limits_, clock_, registry);
    scheduler_ = std::make_unique<Scheduler>(limits_, clock_, *supply_, log_,
                                             Scheduler::Observers());
    pieces_.clear();
    for (int i = 0; i < 1000; ++i) {
      Ask(20);
      clock_.Advance(absl::Milliseconds(2));
      RunAll();
    }
    ExpectGeneratorsDistribution();
  }
  // With seeds from the caller.
  pieces_.clear();
  for (uint64_t seed = 0; seed < 1000; ++seed) Ask(20, seed);
  ExpectGeneratorsDistribution();
}

TEST_F(NetworkSupplyTest, SaysOnceThatItCouldNotDrawAhead) {
  Start();
  Ask(10);
  draw_status_ = absl::ResourceExhaustedError("no memory");
  RunAll();
  RunAll();
  ASSERT_EQ(log_lines_.size(), 1u);
  EXPECT_THAT(log_lines_[0], HasSubstr("no memory"));
}

// Kept networks would hold the memory of a version that has gone.
TEST_F(NetworkSupplyTest, KeepsNothingOfAnEngineThatIsForgotten) {
  Start();
  Ask(10);
  Ask(10, 5);
  RunAll();
  const std::weak_ptr<const Engine> engine = engine_;
  Asked seeded, fresh;  // still wait for it
  ASSERT_TRUE(Submit(seeded, 1, 10, 5).ok());
  ASSERT_TRUE(Submit(fresh, 1, 10).ok());
  scheduler_->Forget(std::move(engine_));
  RunAll();
  ExpectRight(seeded);
  ExpectRight(fresh);
  EXPECT_TRUE(engine.expired());
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_weight_cache_networks 0"));
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_reservoir_networks 0"));
}

TEST_F(NetworkSupplyTest, KeepsNoPoolOfAnEngineThatIsForgotten) {
  sampling_.mode = SamplingMode::kPool;
  Start();
  Ask(10);
  RunAll();
  const std::weak_ptr<const Engine> engine = engine_;
  scheduler_->Forget(std::move(engine_));
  RunAll();
  EXPECT_TRUE(engine.expired());
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_pool_networks 0"));
}

}  // namespace
}  // namespace hypergan::server
