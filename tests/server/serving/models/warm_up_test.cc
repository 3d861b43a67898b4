#include "server/serving/models/warm_up.h"

#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "server/serving/scheduling/worker.h"
#include "tests/server/serving/scheduling/scheduler_fixture.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

class WarmUpTest : public SchedulerFixture {
 protected:
  absl::Status WarmUp(const Interrupt& interrupt = [] {
    return absl::OkStatus();
  }) {
    const Worker worker(*scheduler_);
    return WarmUpAsJob(engine_, *scheduler_, limits_, interrupt,
                       absl::Milliseconds(1));
  }
};

TEST_F(WarmUpTest, AsksTheDefaultNumberOfNetworksAboutZeros) {
  Start();
  EXPECT_TRUE(WarmUp().ok());
  ASSERT_EQ(pieces_.size(), 1u);
  EXPECT_EQ(pieces_[0].rows, 1);
  EXPECT_EQ(pieces_[0].networks.size(), 5u);
}

TEST_F(WarmUpTest, TellsWhyItFails) {
  Start();
  piece_status_ = absl::InternalError("it broke");
  EXPECT_THAT(std::string(WarmUp().message()),
              HasSubstr("a trial prediction of zeros: it broke"));
}

TEST_F(WarmUpTest, EndsWhenItIsInterrupted) {
  Start();
  bool stop = false;
  on_draw_ = [&stop] { stop = true; };
  const absl::Status status = WarmUp([&stop] {
    return stop ? absl::CancelledError("stop") : absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

TEST_F(WarmUpTest, WaitsForRoomInTheQueue) {
  limits_.max_queued_requests = 1;
  limits_.max_client_share = 1;
  Start();
  Asked first;
  ASSERT_TRUE(Submit(first, 1, 1).ok());
  int asked = 0;
  const Interrupt make_room = [&] {
    if (++asked == 3) RunAll();
    return absl::OkStatus();
  };
  std::thread worker;
  const absl::Status status = WarmUpAsJob(
      engine_, *scheduler_, limits_,
      [&] {
        const absl::Status answer = make_room();
        if (asked == 3) {
          worker = std::thread([this] {
            while (scheduler_->WaitForWork()) RunAll();
          });
        }
        return answer;
      },
      absl::Milliseconds(1));
  scheduler_->Stop();
  if (worker.joinable()) worker.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(first.end.has_value());
}

}  // namespace
}  // namespace hypergan::server
