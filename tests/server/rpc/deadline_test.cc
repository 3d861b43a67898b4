// The deadlines that a client may send, and the hint of a full queue.
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/raw_call.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

class DeadlineTest : public RpcFixture {
 protected:
  // grpc-status of a Predict with that grpc-timeout.
  std::string StatusWith(const std::string& timeout) {
    std::string message;
    EXPECT_TRUE(GoodRequest().SerializeToString(&message));
    return StatusOfRawCall(server_->port(),
                           "/hypergan.v1.EnsembleService/Predict", timeout,
                           message);
  }
};

TEST_F(DeadlineTest, TakesEveryTimeoutThatTheProtocolHas) {
  StartAndServe();
  // Past the year 2262 where nanoseconds of 64 bits end, and all that is more.
  for (const char* timeout :
       {"", "1M", "1H", "2060000H", "2070000H", "2562047H", "2562048H",
        "5124095H", "9999999H", "99999999H", "99999999M", "99999999S",
        "99999999m", "99999999u"}) {
    EXPECT_EQ(StatusWith(timeout), "0") << timeout;
  }
}

TEST_F(DeadlineTest, EndsCallsThatHaveNoTime) {
  StartAndServe();
  for (const char* timeout : {"0n", "0H"}) {
    EXPECT_EQ(StatusWith(timeout), "4") << timeout;
  }
  // gRPC rounds it up to a millisecond, which may do.
  EXPECT_THAT(StatusWith("1n"), testing::AnyOf("0", "4"));
  ExpectStillServing();
}

TEST_F(DeadlineTest, BoundsTheLongestByTheServersOwn) {
  limits_.max_request_time = absl::Seconds(5);
  hook_ = [this](const FakeEngine::Piece&, const Interrupt& interrupt) {
    clock_.Advance(absl::Seconds(5));
    return interrupt();
  };
  StartAndServe();
  EXPECT_EQ(StatusWith("99999999H"), "4");
}

TEST_F(DeadlineTest, TellsWhoFindsTheQueueFullWhenToComeBack) {
  limits_.max_queued_requests = 1;
  hook_ = [this](const FakeEngine::Piece&, const Interrupt&) {
    gate_.Pass();
    return absl::OkStatus();
  };
  StartAndServe();
  std::thread first([this] { ExpectStillServing(); });
  gate_.WaitUntilReached();
  grpc::Status statuses[2];
  std::vector<std::string> hints;
  std::mutex mutex;
  std::vector<std::thread> others;
  for (grpc::Status& status : statuses) {
    others.emplace_back([&] {
      grpc::ClientContext context;
      v1::PredictResponse response;
      status = stub_->Predict(&context, GoodRequest(), &response);
      const auto& metadata = context.GetServerTrailingMetadata();
      const auto hint = metadata.find("grpc-retry-pushback-ms");
      const std::lock_guard lock(mutex);
      if (hint != metadata.end()) {
        hints.emplace_back(hint->second.data(), hint->second.size());
      }
      if (!status.ok()) gate_.Open();
    });
  }
  first.join();
  for (std::thread& other : others) other.join();
  ASSERT_NE(statuses[0].ok(), statuses[1].ok());
  const grpc::Status& refused = statuses[0].ok() ? statuses[1] : statuses[0];
  EXPECT_EQ(refused.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("--max_queued_requests=1"));
  // Nothing has been measured yet.
  EXPECT_THAT(hints, testing::ElementsAre("1000"));
}

}  // namespace
}  // namespace hypergan::server
