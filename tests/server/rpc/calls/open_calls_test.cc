#include "server/rpc/calls/open_calls.h"

#include <memory>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/calls/call_timer.h"
#include "tests/server/fake_clock.h"

namespace hypergan::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OpenCallsTest : public testing::Test {
 protected:
  OpenCallsTest() {
    limits_.max_open_requests = 4;
    limits_.max_open_bytes = 100;
    limits_.max_arrival_time = absl::Seconds(10);
    limits_.max_delivery_time = absl::Seconds(20);
  }

  void Start() {
    calls_ = std::make_unique<OpenCalls>(limits_, clock_,
                                         [this] { return received_; });
  }

  // A call that is noted under its name in ended_ when it is ended.
  std::unique_ptr<OpenCalls::Call> Arrive(const char* name,
                                          CallKind kind = CallKind::kPrediction,
                                          const char* connection = "") {
    return std::make_unique<OpenCalls::Call>(
        *calls_, kind, connection, [this, name](const absl::Status& why) {
          ended_.emplace_back(name);
          why_ = why;
        });
  }
  std::unique_ptr<OpenCalls::Call> Admitted(
      const char* name, int64_t bytes, CallKind kind = CallKind::kPrediction) {
    auto call = Arrive(name, kind);
    call->Arrive(0);
    EXPECT_TRUE(call->Admit(bytes).ok());
    return call;
  }
  std::unique_ptr<OpenCalls::Call> Delivering(const char* name, int64_t bytes) {
    auto call = Admitted(name, bytes);
    call->Deliver();
    return call;
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    calls_->EndOverdue();
  }
  OpenCalls::Level Predictions() const {
    return calls_->LevelOf(CallKind::kPrediction);
  }

  Limits limits_;
  FakeClock clock_;
  std::map<std::string, int64_t> received_;
  std::unique_ptr<OpenCalls> calls_;
  std::vector<std::string> ended_;
  absl::Status why_;
};

TEST_F(OpenCallsTest, HasRoomForSoManyCallsOfAKind) {
  Start();
  std::vector<std::unique_ptr<OpenCalls::Call>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(Admitted("", 1));
  auto fifth = Arrive("fifth");
  const absl::Status status = fifth->Admit(1);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("--max_open_requests=4"));
  EXPECT_EQ(Predictions().calls, 4);
  EXPECT_TRUE(Arrive("", CallKind::kDescription)->Admit(1).ok());
  fifth.reset();  // had no room to give back
  EXPECT_EQ(Predictions().calls, 4);
  calls.pop_back();
  EXPECT_TRUE(Arrive("")->Admit(1).ok());
}

TEST_F(OpenCallsTest, HasRoomForSoManyBytesUntilTheyAreSent) {
  Start();
  auto first = Admitted("first", 60);
  auto second = Arrive("second");
  const absl::Status status = second->Admit(41);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--max_open_bytes=100"));
  EXPECT_EQ(Predictions().bytes, 60);
  first->Hold(20);  // its answer is smaller than it might have been
  first->Deliver();
  EXPECT_EQ(Predictions().bytes, 20);
  EXPECT_TRUE(Arrive("")->Admit(80).ok());
  first.reset();
  EXPECT_EQ(Predictions().bytes, 0);
}

TEST_F(OpenCallsTest, EndsACallWhoseMessageDoesNotArrive) {
  Start();
  const auto silent = Arrive("silent");
  const auto admitted = Admitted("admitted", 1);
  Pass(absl::Seconds(9));
  EXPECT_THAT(ended_, IsEmpty());
  Pass(absl::Seconds(1));
  EXPECT_THAT(ended_, ElementsAre("silent"));
  EXPECT_EQ(why_.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(why_.message()), HasSubstr("did not arrive"));
  Pass(absl::Hours(1));
  EXPECT_THAT(ended_, ElementsAre("silent")) << "once";
}

TEST_F(OpenCallsTest, EndsACallWhoseClientDoesNotRead) {
  Start();
  const auto call = Delivering("deaf", 1);
  Pass(absl::Seconds(19));
  EXPECT_THAT(ended_, IsEmpty());
  Pass(absl::Seconds(1));
  EXPECT_THAT(ended_, ElementsAre("deaf"));
  EXPECT_EQ(why_.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Predictions().calls, 1) << "until it has let go of its memory";
}

TEST_F(OpenCallsTest, CountsADeliveryAnewForEachPartOfAnAnswer) {
  Start();
  const auto stream = Delivering("stream", 1);
  for (int part = 0; part < 10; ++part) {
    Pass(absl::Seconds(15));
    stream->Continue();
    Pass(absl::Seconds(15));
    stream->Deliver();
  }
  EXPECT_THAT(ended_, IsEmpty());
  Pass(absl::Seconds(20));
  EXPECT_THAT(ended_, ElementsAre("stream"));
}

TEST_F(OpenCallsTest, LeavesHalfOfTheRoomToClientsThatRead) {
  Start();
  const auto first = Delivering("first", 1);
  const auto second = Delivering("second", 1);
  Pass(OpenCalls::kPatience);
  EXPECT_THAT(ended_, IsEmpty());
  const auto third = Delivering("third", 1);
  calls_->EndOverdue();
  EXPECT_THAT(ended_, ElementsAre("first"));
  EXPECT_EQ(why_.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(why_.message()), HasSubstr("read the answer too"));
}

TEST_F(OpenCallsTest, LeavesHalfOfTheBytesToClientsThatRead) {
  Start();
  const auto large = Delivering("large", 45);
  const auto small = Delivering("small", 5);
  Pass(OpenCalls::kPatience);
  EXPECT_THAT(ended_, IsEmpty());
  const auto next = Delivering("next", 1);
  calls_->EndOverdue();
  EXPECT_THAT(ended_, ElementsAre("large"));
}

TEST_F(OpenCallsTest, IsPatientWithADeliveryThatHasJustBegun) {
  Start();
  std::vector<std::unique_ptr<OpenCalls::Call>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(Delivering("young", 1));
  Pass(OpenCalls::kPatience - absl::Milliseconds(1));
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(OpenCallsTest, EndsNoWorkForOthers) {
  Start();
  std::vector<std::unique_ptr<OpenCalls::Call>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(Admitted("working", 20));
  Pass(absl::Hours(1));
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(OpenCallsTest, EndsTheOldestOfTooManyThatArriveSlowly) {
  Start();
  std::vector<std::unique_ptr<OpenCalls::Call>> calls;
  for (const char* name : {"1", "2", "3", "4", "5"}) {
    calls.push_back(Arrive(name));
  }
  calls_->EndOverdue();
  EXPECT_THAT(ended_, IsEmpty()) << "they have just begun";
  Pass(OpenCalls::kPatience);
  EXPECT_THAT(ended_, ElementsAre("1", "2", "3"));
  EXPECT_EQ(why_.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(calls_->arriving(), 2);
}

TEST_F(OpenCallsTest, EndsWhatAConnectionHasHalfSentBeyondTheTransportsHalf) {
  limits_.max_transport_bytes = 1000;
  Start();
  received_ = {{"a", 5000}, {"b", 7000}};
  const auto greedy = Arrive("greedy", CallKind::kPrediction, "a");
  const auto modest = Arrive("modest", CallKind::kHealthCheck, "b");
  Pass(OpenCalls::kPatience);
  received_ = {{"a", 5400}, {"b", 7100}};
  Pass(OpenCalls::kPatience);
  EXPECT_THAT(ended_, IsEmpty());
  const auto young = Arrive("young", CallKind::kPrediction, "a");
  received_ = {{"a", 5401}, {"b", 7100}};
  calls_->EndOverdue();
  EXPECT_THAT(ended_, ElementsAre("greedy"));
  EXPECT_EQ(why_.code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(OpenCallsTest, DoesNotTakeWholeMessagesForHalfSentOnes) {
  limits_.max_transport_bytes = 1000;
  Start();
  received_["a"] = 0;
  const auto slow = Arrive("slow", CallKind::kPrediction, "a");
  Pass(OpenCalls::kPatience);
  for (int i = 1; i <= 10; ++i) {
    const auto quick = Arrive("quick", CallKind::kPrediction, "a");
    received_["a"] = 300 * i;
    quick->Arrive(300);
    Pass(OpenCalls::kPatience);
  }
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(OpenCallsTest, LetsACallEndWithinItsCancellation) {
  Start();
  std::unique_ptr<OpenCalls::Call> call;
  call = std::make_unique<OpenCalls::Call>(
      *calls_, CallKind::kPrediction, "",
      [&call](const absl::Status&) { call.reset(); });
  Pass(absl::Seconds(10));
  EXPECT_EQ(call, nullptr);
  EXPECT_EQ(calls_->arriving(), 0);
}

TEST_F(OpenCallsTest, WaitsForAdmittedPredictionsAlone) {
  Start();
  const auto arriving = Arrive("");
  const auto list = Admitted("", 0, CallKind::kDescription);
  EXPECT_TRUE(calls_->WaitUntilNone(absl::ZeroDuration()));
  auto call = Delivering("", 1);
  EXPECT_FALSE(calls_->WaitUntilNone(absl::ZeroDuration()));
  std::thread end([&call] { call.reset(); });
  EXPECT_TRUE(calls_->WaitUntilNone(absl::InfiniteDuration()));
  end.join();
}

TEST_F(OpenCallsTest, IsLookedAtByATimer) {
  Start();
  std::atomic<bool> ended = false;
  const CallTimer timer(*calls_);
  const OpenCalls::Call call(*calls_, CallKind::kHealthCheck, "",
                             [&ended](const absl::Status&) { ended = true; });
  clock_.Advance(absl::Seconds(10));
  while (!ended) std::this_thread::yield();
}

}  // namespace
}  // namespace hypergan::server
