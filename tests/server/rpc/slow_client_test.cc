// Clients that send or read slowly, or not at all.
#include <memory>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/rpc/message_bytes.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

// A call of which the client does one step after the other.
class StepwiseCall {
 public:
  StepwiseCall(const std::shared_ptr<grpc::Channel>& channel,
               const std::string& method)
      : call_(grpc::GenericStub(channel).PrepareCall(
            &context_, "/hypergan.v1.EnsembleService/" + method, &queue_)) {
    call_->StartCall(nullptr);
    Step();
  }

  void Send(const google::protobuf::MessageLite& message) {
    const grpc::Slice slice(message.SerializeAsString());
    call_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    Step();
    SendNoMore();
  }
  void SendNoMore() {
    call_->WritesDone(nullptr);
    Step();
  }
  // Reads what there is, and how the call ended.
  grpc::Status End() {
    grpc::ByteBuffer message;
    do call_->Read(&message, nullptr);
    while (Step());
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Step();
    return status;
  }

 private:
  bool Step() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

template <typename Condition>
void WaitUntil(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

class SlowClientTest : public RpcFixture {
 protected:
  // Of which the client's gRPC takes 64 KiB ahead of it and never more.
  std::shared_ptr<grpc::Channel> SlowChannel() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", server_->port()),
        grpc::InsecureChannelCredentials(), arguments);
  }

  // Its answer takes several times as much.
  static v1::PredictRequest LargeRequest() {
    v1::PredictRequest request = GoodRequest();
    request.mutable_inputs()->set_shape(0, 4000);
    request.mutable_inputs()->mutable_values()->Resize(4000 * 4, 0);
    return request;
  }

  int64_t Open() const { return calls_->LevelOf(CallKind::kPrediction).calls; }
  int64_t Delivering() const {
    return calls_->DeliveringOf(CallKind::kPrediction).calls;
  }
  void PassAndEnd(absl::Duration time) {
    clock_.Advance(time);
    calls_->EndOverdue();
  }
};

TEST_F(SlowClientTest, IsNotWaitedForWhenItSendsNoMessage) {
  StartAndServe();
  for (const char* method :
       {"Predict", "PredictStream", "ListModels", "GetModel"}) {
    StepwiseCall call(channel_, method);
    WaitUntil([this] { return calls_->arriving() == 1; });
    PassAndEnd(limits_.max_arrival_time);
    const grpc::Status status = call.End();
    EXPECT_EQ(status.error_code(), grpc::DEADLINE_EXCEEDED) << method;
    EXPECT_THAT(status.error_message(), HasSubstr("did not arrive within 30s"));
    WaitUntil([this] { return calls_->arriving() == 0; });
  }
  ExpectStillServing();
}

TEST_F(SlowClientTest, IsToldThatACallNeedsAMessage) {
  StartAndServe();
  StepwiseCall call(channel_, "Predict");
  call.SendNoMore();
  EXPECT_EQ(call.End().error_code(), grpc::UNIMPLEMENTED);
  ExpectStillServing();
}

TEST_F(SlowClientTest, LosesAnAnswerThatItDoesNotRead) {
  StartAndServe();
  for (const char* method : {"Predict", "PredictStream"}) {
    StepwiseCall call(SlowChannel(), method);
    call.Send(LargeRequest());
    WaitUntil([this] { return Delivering() == 1; });
    ASSERT_TRUE(scheduler_->WaitUntilIdle(absl::InfiniteDuration()));
    PassAndEnd(limits_.max_delivery_time - absl::Seconds(1));
    EXPECT_EQ(Open(), 1);
    PassAndEnd(absl::Seconds(1));
    WaitUntil([this] { return Open() == 0; });
    EXPECT_EQ(calls_->LevelOf(CallKind::kPrediction).bytes, 0);
    EXPECT_EQ(call.End().error_code(), grpc::DEADLINE_EXCEEDED) << method;
  }
  ExpectStillServing();
}

TEST_F(SlowClientTest, GetsNoMoreThanHalfOfTheRoom) {
  limits_.max_open_requests = 4;
  StartAndServe();
  std::vector<std::unique_ptr<StepwiseCall>> calls;
  for (int i = 0; i < 4; ++i) {
    calls.push_back(std::make_unique<StepwiseCall>(SlowChannel(), "Predict"));
    calls.back()->Send(LargeRequest());
    WaitUntil([&] { return Delivering() == i + 1; });
  }
  const grpc::Status refused = Predict(GoodRequest());
  EXPECT_EQ(refused.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("--max_open_requests=4"));
  WaitUntil([this] { return Delivering() == 4; });  // the refusal is sent
  PassAndEnd(OpenCalls::kPatience);
  WaitUntil([this] { return Open() == 2; });
  ExpectStillServing();
  EXPECT_EQ(calls[0]->End().error_code(), grpc::RESOURCE_EXHAUSTED);
}

TEST_F(SlowClientTest, TakesRoomForTheLargestAnswerBeforeTheWorkBegins) {
  limits_.max_open_bytes = 100'000;
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(10'000);
  EXPECT_TRUE(Predict(request).ok());
  request.set_include_network_outputs(true);
  const grpc::Status status = Predict(request);
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("--max_open_bytes=100000"));
  WaitUntil([this] { return Open() == 0; });
  EXPECT_EQ(calls_->LevelOf(CallKind::kPrediction).bytes, 0);
}

}  // namespace
}  // namespace hypergan::server
