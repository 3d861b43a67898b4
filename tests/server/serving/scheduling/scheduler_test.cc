#include "server/serving/scheduling/scheduler.h"

#include <algorithm>
#include <new>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>

#include "gmock/gmock.h"
#include "server/serving/metrics/metrics.h"
#include "tests/server/serving/scheduling/scheduler_fixture.h"

namespace hypergan::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SchedulerTest : public SchedulerFixture {};

TEST_F(SchedulerTest, SharesOneDrawAndOnePassAndGivesEachItsRows) {
  Start();
  Asked first, second, third;
  ASSERT_TRUE(scheduler_->Submit(MakeJob(first, 1, 10, 5)).ok());
  ASSERT_TRUE(scheduler_->Submit(MakeJob(second, 3, 10, 20)).ok());
  ASSERT_TRUE(scheduler_->Submit(MakeJob(third, 2, 10, -7)).ok());
  RunAll();
  ASSERT_EQ(pieces_.size(), 1u);
  EXPECT_EQ(pieces_[0].rows, 6);
  EXPECT_EQ(engine_->drawn(), 10);
  for (const Asked* asked : {&first, &second, &third}) ExpectRight(*asked);
  EXPECT_EQ(first.answer().seed, third.answer().seed);
}

TEST_F(SchedulerTest, LetsInWhoComesWhileTheNetworksAreDrawn) {
  Start();
  Asked first, joining, other;
  on_draw_ = [&, came = false]() mutable {
    if (std::exchange(came, true)) return;
    ASSERT_TRUE(scheduler_->Submit(MakeJob(other, 1, 11, 1)).ok());
    ASSERT_TRUE(scheduler_->Submit(MakeJob(joining, 2, 10, 7)).ok());
  };
  ASSERT_TRUE(scheduler_->Submit(MakeJob(first, 1, 10, 5)).ok());
  ASSERT_TRUE(scheduler_->RunPiece());
  ASSERT_EQ(pieces_.size(), 1u);
  EXPECT_EQ(pieces_[0].rows, 3);
  EXPECT_EQ(engine_->drawn(), 10);
  ExpectRight(first);
  ExpectRight(joining);
  EXPECT_FALSE(other.end.has_value());
  EXPECT_EQ(level_.requests, 1);
  RunAll();
  ExpectRight(other);
}

TEST_F(SchedulerTest, LetsInNoMoreThanABatchHolds) {
  limits_.max_piece_row_networks = 50;  // five rows about ten networks
  Start();
  std::vector<Asked> asked(8);
  on_draw_ = [&, came = false]() mutable {
    if (std::exchange(came, true)) return;
    for (size_t i = 2; i < asked.size(); ++i) {
      ASSERT_TRUE(Submit(asked[i], 1, 10).ok());
    }
  };
  for (size_t i = 0; i < 2; ++i) ASSERT_TRUE(Submit(asked[i], 1, 10).ok());
  RunAll();
  std::vector<int64_t> rows;
  for (const Piece& piece : pieces_) rows.push_back(piece.rows);
  EXPECT_THAT(rows, ElementsAre(5, 3));
  for (const Asked& each : asked) ExpectRight(each);
}

TEST_F(SchedulerTest, LetsNobodyInOnceTheRowsAreAsked) {
  limits_.max_piece_row_networks = 50;
  Start();
  Asked heavy, late;
  on_piece_ = [&, came = false]() mutable {
    if (std::exchange(came, true)) return;
    ASSERT_TRUE(Submit(late, 10, 10).ok());
  };
  ASSERT_TRUE(Submit(heavy, 10, 10).ok());
  RunAll();
  EXPECT_EQ(engine_->sessions(), 2);
  ExpectRight(heavy);
  ExpectRight(late);
}

TEST_F(SchedulerTest, AsksNothingForThoseWhoLeaveDuringTheDraw) {
  Start();
  Asked gone, stays;
  on_draw_ = [&] { gone.cancelled = true; };
  ASSERT_TRUE(Submit(gone, 3, 10).ok());
  ASSERT_TRUE(Submit(stays, 1, 10).ok());
  RunAll();
  EXPECT_EQ(gone.code(), absl::StatusCode::kCancelled);
  ASSERT_EQ(pieces_.size(), 1u);
  EXPECT_EQ(pieces_[0].rows, 1);
  ExpectRight(stays);
}

TEST_F(SchedulerTest, NeverMixesSeedsNumbersOfNetworksOrModels) {
  limits_.max_queued_requests = 1000;
  Start();
  const auto other_engine = NewEngine();
  std::mt19937 random(1);
  std::vector<std::unique_ptr<Asked>> all;
  for (int i = 0; i < 300; ++i) {
    Asked& asked = *all.emplace_back(std::make_unique<Asked>());
    Job job = MakeJob(asked, 1 + random() % 3, random() % 2 ? 10 : 7,
                      static_cast<float>(random() % 100));
    if (random() % 2) job.engine = other_engine;
    if (random() % 3) job.seed = random() % 2;
    ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  }
  RunAll();
  for (const auto& asked : all) ExpectRight(*asked);
  for (const Piece& piece : pieces_) {
    std::set<uint64_t> seeds;
    for (const auto& [seed, place] : piece.networks) seeds.insert(seed);
    EXPECT_EQ(seeds.size(), 1u);
  }
  // Two models, two sizes, and two seeds or none: 12 kinds of batches.
  EXPECT_EQ(engine_->sessions() + other_engine->sessions(), 12);
}

TEST_F(SchedulerTest, KeepsABatchOfLightJobsToOnePiece) {
  limits_.max_piece_row_networks = 100;
  Start();
  std::vector<Asked> asked(25);
  for (Asked& each : asked) ASSERT_TRUE(Submit(each, 1, 10).ok());
  RunAll();
  std::vector<int64_t> rows;
  for (const Piece& piece : pieces_) rows.push_back(piece.rows);
  EXPECT_THAT(rows, ElementsAre(10, 10, 5));
}

TEST_F(SchedulerTest, KeepsAPiecesWeightSetsToTheirBytes) {
  limits_.max_piece_bytes = 4 * FakeEngine::kNetworkBytes + 1;
  Start();
  Asked asked;
  ASSERT_TRUE(Submit(asked, 1, 10).ok());
  RunAll();
  std::vector<size_t> networks;
  for (const Piece& piece : pieces_) networks.push_back(piece.networks.size());
  EXPECT_THAT(networks, ElementsAre(4, 3, 3));
  ExpectRight(asked);
}

TEST_F(SchedulerTest, AsksNetworksThatAreLargerThanAPieceOneByOne) {
  limits_.max_piece_bytes = FakeEngine::kNetworkBytes - 1;
  Start();
  Asked asked;
  ASSERT_TRUE(Submit(asked, 2, 3).ok());
  RunAll();
  EXPECT_EQ(pieces_.size(), 3u);
  ExpectRight(asked);
}

TEST_F(SchedulerTest, KeepsABatchOfHeavyJobsToItsBound) {
  limits_.max_piece_row_networks = 50;
  limits_.max_batch_row_networks = 400;
  Start();
  std::vector<Asked> asked(3);
  for (Asked& each : asked) ASSERT_TRUE(Submit(each, 20, 10).ok());
  RunAll();
  EXPECT_EQ(engine_->sessions(), 2);
  // Pieces of at most 50: a network about 40 rows, then two about 20.
  std::vector<int64_t> work;
  for (const Piece& piece : pieces_) {
    work.push_back(piece.rows * static_cast<int64_t>(piece.networks.size()));
  }
  EXPECT_LE(*std::max_element(work.begin(), work.end()), 50);
  for (const Asked& each : asked) ExpectRight(each);
}

TEST_F(SchedulerTest, TakesTheEarliestDeadlineThenTheEarliestArrival) {
  Start();
  Asked late, first, second, early;
  const auto submit = [&](Asked& asked, absl::Duration deadline,
                          uint64_t seed) {
    Job job = MakeJob(asked, 1, 10);
    job.seed = seed;
    job.deadline = clock_.Now() + deadline;
    ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  };
  submit(late, absl::Seconds(9), 1);
  submit(first, absl::Seconds(5), 2);
  submit(second, absl::Seconds(5), 3);
  submit(early, absl::Seconds(1), 4);
  RunAll();
  EXPECT_LT(early.ended, first.ended);
  EXPECT_LT(first.ended, second.ended);
  EXPECT_LT(second.ended, late.ended);
}

TEST_F(SchedulerTest, LetsALightJobWaitForOnePieceOfAHeavyOneAtMost) {
  Start();
  Asked heavy, light;
  ASSERT_TRUE(Submit(heavy, 64, 10'000).ok());
  ASSERT_TRUE(scheduler_->RunPiece());
  absl::Time arrival;
  on_piece_ = [&] {  // it comes just as a piece begins
    if (light.end.has_value() || arrival != absl::Time()) return;
    arrival = clock_.Now() - kUnit * limits_.max_piece_row_networks;
    ASSERT_TRUE(Submit(light, 1, 100).ok());
  };
  while (!light.end.has_value()) ASSERT_TRUE(scheduler_->RunPiece());
  ExpectRight(light);
  EXPECT_FALSE(heavy.end.has_value());
  const absl::Duration piece =
      kUnit * (limits_.max_piece_row_networks + limits_.max_piece_networks);
  const absl::Duration own = kUnit * 200;
  EXPECT_LE(light.ended - arrival, piece + own);
}

TEST_F(SchedulerTest, LetsHeavyWorkMoveOnUnderAnyNumberOfLightJobs) {
  Start();
  Asked heavy;
  ASSERT_TRUE(Submit(heavy, 100, 200).ok());  // ten pieces
  std::vector<std::unique_ptr<Asked>> light;
  uint64_t seed = 0;
  while (!heavy.end.has_value()) {
    light.push_back(std::make_unique<Asked>());
    ASSERT_TRUE(Submit(*light.back(), 1, 10, ++seed).ok());
    ASSERT_TRUE(scheduler_->RunPiece());
    ASSERT_LT(light.size(), 100u);
  }
  EXPECT_GE(light.size(), 40u);
  RunAll();
  ExpectRight(heavy);
}

TEST_F(SchedulerTest, FreesTheWorkerWithinOnePieceOfACancelledHeavyJob) {
  Start();
  Asked heavy, next;
  ASSERT_TRUE(Submit(heavy, 64, 10'000).ok());
  ASSERT_TRUE(scheduler_->RunPiece());
  heavy.cancelled = true;
  const size_t before = pieces_.size();
  ASSERT_TRUE(Submit(next, 64, 100, 1).ok());
  scheduler_->RunPiece();
  EXPECT_EQ(heavy.code(), absl::StatusCode::kCancelled);
  EXPECT_LE(pieces_.size() - before, 1u);
  RunAll();
  ExpectRight(next);
}

TEST_F(SchedulerTest, StopsWithinAPieceOnceNobodyWaitsForIt) {
  Start();
  Asked first, second;
  ASSERT_TRUE(Submit(first, 1, 100).ok());
  ASSERT_TRUE(Submit(second, 1, 100).ok());
  // The engine asks before each network, after this.
  on_piece_ = [&] { first.cancelled = second.cancelled = true; };
  RunAll();
  EXPECT_EQ(first.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(second.code(), absl::StatusCode::kCancelled);
}

TEST_F(SchedulerTest, GoesOnForTheOthersWhenOneOfABatchLeaves) {
  Start();
  Asked gone, stays;
  ASSERT_TRUE(Submit(gone, 30, 200).ok());
  ASSERT_TRUE(Submit(stays, 30, 200).ok());
  ASSERT_TRUE(scheduler_->RunPiece());
  EXPECT_EQ(engine_->sessions(), 1);
  gone.cancelled = true;
  gone.inputs.assign(30, 1e30f);  // its memory is no longer its own
  RunAll();
  EXPECT_EQ(gone.code(), absl::StatusCode::kCancelled);
  ExpectRight(stays);
}

TEST_F(SchedulerTest, DropsWaitingJobsThatExpiredOrWereCancelled) {
  Start();
  Asked expired, cancelled, alive;
  Job job = MakeJob(expired, 1, 10);
  job.deadline = clock_.Now() + absl::Seconds(1);
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  ASSERT_TRUE(Submit(cancelled, 1, 10).ok());
  ASSERT_TRUE(Submit(alive, 1, 10).ok());
  clock_.Advance(absl::Seconds(1));
  cancelled.cancelled = true;
  RunAll();
  EXPECT_EQ(expired.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(cancelled.code(), absl::StatusCode::kCancelled);
  ExpectRight(alive);
  EXPECT_EQ(pieces_[0].rows, 1);
  EXPECT_EQ(alive.answer().queued, absl::Seconds(1));
}

TEST_F(SchedulerTest, EndsABatchAtItsDeadlineBetweenPieces) {
  Start();
  Asked asked;
  Job job = MakeJob(asked, 64, 10'000);
  job.deadline = clock_.Now() + kUnit * 10'000;
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  RunAll();
  EXPECT_EQ(asked.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LE(pieces_.size(), 6u);
}

TEST_F(SchedulerTest, WaitsForMoreToShareWithForNoLongerThanTheDelay) {
  limits_.max_batch_delay = absl::Milliseconds(5);
  Start();
  Asked first, second;
  ASSERT_TRUE(Submit(first, 1, 10).ok());
  EXPECT_FALSE(scheduler_->RunPiece());
  clock_.Advance(absl::Milliseconds(4));
  ASSERT_TRUE(Submit(second, 1, 10).ok());
  EXPECT_FALSE(scheduler_->RunPiece());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(scheduler_->RunPiece());
  ASSERT_EQ(pieces_.size(), 1u);
  EXPECT_EQ(pieces_[0].rows, 2);
}

TEST_F(SchedulerTest, WaitsForMoreForNoLongerThanHalfOfAJobsTime) {
  limits_.max_batch_delay = absl::Seconds(5);
  Start();
  Asked patient, hurried;
  ASSERT_TRUE(Submit(patient, 1, 10).ok());
  Job job = MakeJob(hurried, 1, 10);
  job.deadline = clock_.Now() + absl::Seconds(2);
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  EXPECT_FALSE(scheduler_->RunPiece());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(scheduler_->RunPiece());
  ExpectRight(patient);
  ExpectRight(hurried);
}

TEST_F(SchedulerTest, WaitsForNobodyOnceNobodyCanCome) {
  limits_.max_batch_delay = absl::Seconds(5);
  Start();
  Asked asked;
  ASSERT_TRUE(Submit(asked, 1, 10).ok());
  EXPECT_FALSE(scheduler_->RunPiece());
  scheduler_->StopAccepting();
  EXPECT_TRUE(scheduler_->RunPiece());
  ExpectRight(asked);
}

TEST_F(SchedulerTest, DoesNotWaitWithAFullBatch) {
  limits_.max_batch_delay = absl::Seconds(5);
  limits_.max_piece_row_networks = 20;
  Start();
  Asked first, second;
  ASSERT_TRUE(Submit(first, 1, 10).ok());
  ASSERT_TRUE(Submit(second, 1, 10).ok());
  EXPECT_TRUE(scheduler_->RunPiece());
}

TEST_F(SchedulerTest, AnswersEveryJobOfABatchThatFails) {
  Start();
  Asked first, second, after;
  piece_status_ = absl::InternalError("it broke");
  ASSERT_TRUE(Submit(first, 1, 10).ok());
  ASSERT_TRUE(Submit(second, 1, 10).ok());
  RunAll();
  EXPECT_EQ(first.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(second.code(), absl::StatusCode::kInternal);
  piece_status_ = absl::OkStatus();
  draw_status_ = absl::ResourceExhaustedError("no memory");
  ASSERT_TRUE(Submit(after, 1, 10).ok());
  RunAll();
  EXPECT_EQ(after.code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(SchedulerTest, RefusesOnlyTheJobWhoseRowsOverflow) {
  limits_.max_piece_row_networks = 40;
  Start();
  Asked before, huge, after;
  ASSERT_TRUE(scheduler_->Submit(MakeJob(before, 2, 20, 5)).ok());
  Job job = MakeJob(huge, 3, 20, 1);
  huge.inputs[1] = 3e38f;
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  ASSERT_TRUE(scheduler_->Submit(MakeJob(after, 4, 20, 7)).ok());
  RunAll();
  EXPECT_EQ(huge.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(huge.end->status().message()), HasSubstr("row 1,"));
  ExpectRight(before);
  ExpectRight(after);
}

TEST_F(SchedulerTest, RefusesOnlyTheJobWhoseVarianceOverflows) {
  limits_.max_piece_row_networks = 40;
  Start();
  Asked before, wide, after;
  ASSERT_TRUE(scheduler_->Submit(MakeJob(before, 2, 20, 5)).ok());
  Job job = MakeJob(wide, 3, 20, 1);
  wide.inputs[2] = 1e30f;
  ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  ASSERT_TRUE(scheduler_->Submit(MakeJob(after, 4, 20, 7)).ok());
  RunAll();
  EXPECT_EQ(wide.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(wide.end->status().message()), HasSubstr("row 2,"));
  ExpectRight(before);
  ExpectRight(after);
}

TEST_F(SchedulerTest, AsksNoMoreAboutRowsThatOverflow) {
  limits_.max_piece_row_networks = 10;
  Start();
  Asked huge;
  ASSERT_TRUE(scheduler_->Submit(MakeJob(huge, 1, 1000, 3e38f)).ok());
  RunAll();
  EXPECT_EQ(huge.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pieces_.size(), 1u);
}

TEST_F(SchedulerTest, SurvivesWhatTheEngineThrows) {
  Start();
  Asked asked;
  on_piece_ = [] { throw std::runtime_error("thrown"); };
  ASSERT_TRUE(Submit(asked, 1, 10).ok());
  RunAll();
  EXPECT_EQ(asked.code(), absl::StatusCode::kInternal);
}

TEST_F(SchedulerTest, SurvivesABatchThatCannotBeMade) {
  Start();
  Asked first, second, after;
  ASSERT_TRUE(Submit(first, 1, 10).ok());
  ASSERT_TRUE(Submit(second, 1, 10).ok());
  on_size_ = [this] {
    if (level_.requests == 0) throw std::bad_alloc();  // they have been taken
  };
  scheduler_->RunPiece();
  EXPECT_EQ(first.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(second.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(scheduler_->WaitUntilIdle(absl::ZeroDuration()));
  on_size_ = nullptr;
  ASSERT_TRUE(Submit(after, 1, 10).ok());
  RunAll();
  ExpectRight(after);
}

TEST_F(SchedulerTest, SurvivesNetworksThatCannotBeKept) {
  sampling_.weight_cache_bytes = 1000 * FakeEngine::kNetworkBytes;
  Start();
  Asked asked;
  ASSERT_TRUE(Submit(asked, 1, 10, 5).ok());
  on_size_ = [&] {
    if (asked.end.has_value()) throw std::bad_alloc();
  };
  RunAll();
  ExpectRight(asked);
  EXPECT_THAT(log_lines_, ElementsAre(HasSubstr("out of memory")));
}

TEST_F(SchedulerTest, CountsWaitingBetweenPiecesAsQueued) {
  Start();
  Asked heavy, light;
  ASSERT_TRUE(Submit(heavy, 64, 64).ok());  // two pieces of 32 networks
  ASSERT_TRUE(scheduler_->RunPiece());
  ASSERT_TRUE(Submit(light, 1, 100).ok());
  RunAll();
  EXPECT_LT(light.ended, heavy.ended);
  EXPECT_EQ(light.answer().queued, absl::ZeroDuration());
  EXPECT_EQ(heavy.answer().queued, kUnit * 200);
}

TEST_F(SchedulerTest, CountsNoWaitingFromBeforeAJobCame) {
  Start();
  Asked light, heavy, late;
  on_draw_ = [&, came = false]() mutable {
    if (!light.end.has_value() || std::exchange(came, true)) return;
    ASSERT_TRUE(Submit(late, 64, 64).ok());  // as the heavy one's are drawn
  };
  ASSERT_TRUE(Submit(light, 1, 100).ok());
  ASSERT_TRUE(Submit(heavy, 64, 64).ok());
  RunAll();
  EXPECT_EQ(heavy.answer().seed, late.answer().seed);  // they shared
  EXPECT_EQ(heavy.answer().queued, kUnit * 200);
  EXPECT_EQ(late.answer().queued, absl::ZeroDuration());
}

TEST_F(SchedulerTest, CountsTheWaitingOfThoseWhoEndInTheQueueToo) {
  Start();
  Metrics metrics(registry_);
  Asked expired, answered;
  for (Asked* asked : {&expired, &answered}) {
    Job job = MakeJob(*asked, 1, 10);
    job.metrics = &metrics.AddModel("m", 1);
    if (asked == &expired) job.deadline = clock_.Now() + absl::Seconds(2);
    ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  }
  clock_.Advance(absl::Seconds(2));
  RunAll();
  const std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr("hypergan_queue_duration_seconds_count{model="
                              "\"m\",version=\"1\"} 2"));
  EXPECT_THAT(text, HasSubstr("hypergan_queue_duration_seconds_sum{model="
                              "\"m\",version=\"1\"} 4"));
}

TEST_F(SchedulerTest, CountsWhatABatchShared) {
  Start();
  Metrics metrics(registry_);
  std::vector<Asked> asked(3);
  for (Asked& each : asked) {
    Job job = MakeJob(each, 2, 10);
    job.metrics = &metrics.AddModel("m", 1);
    ASSERT_TRUE(scheduler_->Submit(std::move(job)).ok());
  }
  RunAll();
  const std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr("hypergan_batch_requests_sum{model=\"m\","
                              "version=\"1\"} 3"));
  EXPECT_THAT(text, HasSubstr("hypergan_networks_total{model=\"m\","
                              "version=\"1\"} 10"));
  EXPECT_THAT(text, HasSubstr("hypergan_network_evaluations_total{model=\"m\","
                              "version=\"1\"} 60"));
}

TEST_F(SchedulerTest, RestsOnceSomeTimeAfterTheLatestBatch) {
  Start();
  scheduler_->RunPiece();
  clock_.Advance(absl::Hours(1));
  RunAll();
  EXPECT_THAT(rests_, testing::IsEmpty());  // there was nothing to rest from
  for (size_t rests : {1, 2}) {
    Asked asked;
    ASSERT_TRUE(Submit(asked, 1, 10).ok());
    RunAll();
    clock_.Advance(Scheduler::kRestAfter - absl::Nanoseconds(1));
    RunAll();
    EXPECT_EQ(rests_.size(), rests - 1);
    clock_.Advance(absl::Nanoseconds(1));
    RunAll();
    EXPECT_EQ(rests_.size(), rests);
    clock_.Advance(absl::Hours(1));
    RunAll();
    EXPECT_EQ(rests_.size(), rests);
  }
}

TEST_F(SchedulerTest, RestsSomeTimeAfterAnEngineIsForgotten) {
  Start();
  for (int i = 1; i <= 2; ++i) {
    if (i == 1) scheduler_->Forget(engine_);
    if (i == 2) scheduler_->PlanRest();
    RunAll();
    clock_.Advance(Scheduler::kRestAfter);
    RunAll();
    EXPECT_EQ(rests_.size(), static_cast<size_t>(i));
  }
}

TEST_F(SchedulerTest, RestsNowAndThenBetweenBatchesThatNeverEndForLong) {
  Start();
  for (int second = 0; second < 2000; ++second) {
    Asked asked;
    ASSERT_TRUE(Submit(asked, 1, 10).ok());
    RunAll();
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(rests_.size(), 3u);
}

TEST_F(SchedulerTest, NeverRestsWhileABatchIsOnItsWay) {
  Start();
  Asked heavy;
  ASSERT_TRUE(Submit(heavy, 64, 10'000).ok());
  on_piece_ = [this] { clock_.Advance(absl::Seconds(30)); };
  while (!heavy.end.has_value()) {
    ASSERT_TRUE(scheduler_->RunPiece());
    EXPECT_THAT(rests_, testing::IsEmpty());
    if (pieces_.size() > 50) heavy.cancelled = true;
  }
}

TEST_F(SchedulerTest, TellsOfADeviceThatIsLost) {
  Start();
  engine_->SetDevice(absl::InternalError("gone"));
  Asked asked;
  for (const absl::Status& harmless :
       {absl::OkStatus(), absl::ResourceExhaustedError("memory")}) {
    piece_status_ = harmless;
    asked.end.reset();
    ASSERT_TRUE(Submit(asked, 1, 10).ok());
    RunAll();
    EXPECT_THAT(losses_, testing::IsEmpty());
  }
  piece_status_ = absl::InternalError("an illegal access");
  asked.end.reset();
  ASSERT_TRUE(Submit(asked, 1, 10).ok());
  RunAll();
  EXPECT_EQ(asked.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(losses_, ElementsAre(absl::InternalError("gone")));
}

TEST_F(SchedulerTest, TellsOfNoLossWhenTheModelFailsByItself) {
  Start();
  for (const absl::Status& device :
       {absl::OkStatus(), absl::ResourceExhaustedError("memory")}) {
    engine_->SetDevice(device);
    piece_status_ = absl::InternalError("the model's fault");
    Asked asked;
    ASSERT_TRUE(Submit(asked, 1, 10).ok());
    RunAll();
    EXPECT_EQ(asked.code(), absl::StatusCode::kInternal);
  }
  EXPECT_THAT(losses_, testing::IsEmpty());
}

}  // namespace
}  // namespace hypergan::server
