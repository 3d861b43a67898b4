#include "server/serving/admission/queue_room.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

class QueueRoomTest : public testing::Test {
 protected:
  QueueRoomTest() {
    limits_.max_queued_requests = 100;
    limits_.max_queued_bytes = 10'000;
    limits_.max_queued_row_networks = 100'000;
    limits_.max_piece_row_networks = 100;
    limits_.max_piece_networks = 100;
  }

  Job MakeJob(const std::string& client, int64_t cost,
              int64_t bytes = 1) const {
    Job job;
    job.engine = engine_;
    job.rows = cost;
    job.num_networks = 1;
    job.bytes = bytes;
    job.client = client;
    return job;
  }

  // How many such jobs find room, one after the other.
  static int Fill(QueueRoom& room, const Job& job) {
    int count = 0;
    for (; count < 1000 && !room.ShortageFor(job); ++count) room.Add(job);
    return count;
  }

  static std::string ReasonFor(const QueueRoom& room, const Job& job) {
    const auto shortage = room.ShortageFor(job);
    return shortage ? shortage->reason : "none";
  }

  Limits limits_;
  const std::shared_ptr<FakeEngine> engine_ =
      std::make_shared<FakeEngine>(RegressionManifest());
};

TEST_F(QueueRoomTest, KeepsAQuarterOfTheRequestsFromHeavyOnes) {
  QueueRoom room(limits_);
  EXPECT_EQ(Fill(room, MakeJob("", 101)), 75);
  EXPECT_EQ(Fill(room, MakeJob("", 1)), 25);
}

TEST_F(QueueRoomTest, KeepsAQuarterOfTheWorkFromHeavyOnes) {
  QueueRoom room(limits_);
  EXPECT_EQ(Fill(room, MakeJob("", 25'000)), 3);
  EXPECT_EQ(Fill(room, MakeJob("", 100)), 97);  // the queue's number
}

TEST_F(QueueRoomTest, KeepsAQuarterOfTheBytesFromLargeOnes) {
  QueueRoom room(limits_);
  // Light in work, but more than an even share of the bytes.
  EXPECT_EQ(Fill(room, MakeJob("", 1, 1500)), 5);
  EXPECT_EQ(Fill(room, MakeJob("", 1, 100)), 25);
}

TEST_F(QueueRoomTest, LeavesRoomForSmallOnesBesideOneThatIsLargerThanThePart) {
  QueueRoom room(limits_);
  ASSERT_EQ(Fill(room, MakeJob("", 1'000'000)), 1);
  EXPECT_EQ(Fill(room, MakeJob("", 101)), 0);
  EXPECT_EQ(Fill(room, MakeJob("", 100)), 99);
  EXPECT_EQ(room.level().row_networks, 1'009'900);
}

TEST_F(QueueRoomTest, LetsALargeOneInBesideSmallOnesThatFillTheQueuesWork) {
  limits_.max_queued_row_networks = 1000;
  QueueRoom room(limits_);
  ASSERT_EQ(Fill(room, MakeJob("", 100)), 10);
  EXPECT_EQ(Fill(room, MakeJob("", 900)), 1);
}

TEST_F(QueueRoomTest, ExceedsTheBytesForNobody) {
  QueueRoom room(limits_);
  EXPECT_EQ(Fill(room, MakeJob("", 1, 10'001)), 0);
  ASSERT_EQ(Fill(room, MakeJob("", 1, 10'000)), 1);
  EXPECT_EQ(Fill(room, MakeJob("", 101, 1)), 0);
}

TEST_F(QueueRoomTest, KeepsRoomForOtherClients) {
  for (const int64_t cost : {1, 101}) {
    QueueRoom room(limits_);
    EXPECT_GT(Fill(room, MakeJob("a", cost)), 50);
    EXPECT_GT(Fill(room, MakeJob("b", cost)), 10);
    EXPECT_GT(Fill(room, MakeJob("c", cost)), 2);
    EXPECT_GT(Fill(room, MakeJob("d", cost)), 0);
  }
}

TEST_F(QueueRoomTest, KeepsRoomForOthersInEveryMeasure) {
  const Job greedy[] = {MakeJob("a", 1, 1),      MakeJob("a", 1, 100),
                        MakeJob("a", 1, 1000),   MakeJob("a", 101, 1),
                        MakeJob("a", 20'000, 1), MakeJob("a", 2'000, 500)};
  QueueRoom room(limits_);
  for (const Job& job : greedy) Fill(room, job);
  for (const Job& job :
       {MakeJob("b", 1), MakeJob("b", 101), MakeJob("b", 5000, 500)}) {
    EXPECT_EQ(ReasonFor(room, job), "none");
  }
}

TEST_F(QueueRoomTest, GivesOneClientAllOfTheQueueWhenItsShareIsOne) {
  limits_.max_client_share = 1;
  QueueRoom room(limits_);
  EXPECT_EQ(Fill(room, MakeJob("a", 1)), 100);
  EXPECT_EQ(Fill(room, MakeJob("b", 1)), 0);
}

TEST_F(QueueRoomTest, RefusesNoClientItsOnlyJobForItsShare) {
  limits_.max_queued_requests = 1;
  limits_.max_client_share = 0.01;
  QueueRoom room(limits_);
  EXPECT_EQ(Fill(room, MakeJob("a", 1)), 1);
}

TEST_F(QueueRoomTest, GivesBackWhatIsRemoved) {
  QueueRoom room(limits_);
  const Job small = MakeJob("a", 1, 10);
  const Job large = MakeJob("a", 1000, 20);
  for (int round = 0; round < 3; ++round) {
    const int smalls = Fill(room, small);
    const int larges = Fill(room, large);
    EXPECT_EQ(room.level().requests, smalls + larges);
    EXPECT_EQ(room.level().bytes, 10 * smalls + 20 * larges);
    for (int i = 0; i < smalls; ++i) room.Remove(small);
    for (int i = 0; i < larges; ++i) room.Remove(large);
    EXPECT_EQ(room.level().requests, 0);
    EXPECT_EQ(room.level().bytes, 0);
    EXPECT_EQ(room.level().row_networks, 0);
  }
}

TEST_F(QueueRoomTest, NamesTheBoundThatWasReached) {
  QueueRoom count(limits_);
  Fill(count, MakeJob("", 1));
  EXPECT_EQ(ReasonFor(count, MakeJob("", 1)),
            "the queue is full: expected at most 100 requests "
            "(--max_queued_requests=100), got 1 beside 100 that are waiting");
  QueueRoom bytes(limits_);
  Fill(bytes, MakeJob("", 1, 100));
  EXPECT_THAT(ReasonFor(bytes, MakeJob("", 1, 150)),
              HasSubstr("--max_queued_requests"));
  QueueRoom large(limits_);
  Fill(large, MakeJob("", 1, 2500));
  EXPECT_EQ(ReasonFor(large, MakeJob("", 1, 2500)),
            "the queue is full for large requests: expected at most 7500 bytes "
            "(three quarters of --max_queued_bytes=10000), got 2500 beside "
            "7500 that are waiting");
  QueueRoom work(limits_);
  Fill(work, MakeJob("a", 30'000));
  EXPECT_EQ(ReasonFor(work, MakeJob("a", 30'000)),
            "the queue is full for this client: expected at most 56250 rows x "
            "networks (--max_client_share of what other clients leave of "
            "--max_queued_row_networks=100000), got 30000 beside 30000 that "
            "are waiting");
}

TEST_F(QueueRoomTest, SaysHowMuchWorkMustLeaveFirst) {
  QueueRoom room(limits_);
  Fill(room, MakeJob("", 25'000));
  const auto work = room.ShortageFor(MakeJob("", 25'000));
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->row_networks, 25'000);
  QueueRoom count(limits_);
  Fill(count, MakeJob("", 50));
  // One of a hundred.
  EXPECT_EQ(count.ShortageFor(MakeJob("", 1))->row_networks, 50);
  // None helps.
  EXPECT_EQ(count.ShortageFor(MakeJob("", 1, 10'001))->row_networks, 50);
  EXPECT_EQ(
      QueueRoom(limits_).ShortageFor(MakeJob("", 1, 10'001))->row_networks,
      std::nullopt);
}

}  // namespace
}  // namespace hypergan::server
