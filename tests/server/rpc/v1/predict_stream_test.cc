#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/v1/predict_stream_call.h"
#include "server/rpc/v1/tensor_codec.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

class PredictStreamTest : public RpcFixture {
 protected:
  // Reads all answers of a stream.
  grpc::Status Stream(const v1::PredictRequest& request,
                      std::vector<v1::PredictResponse>* answers) {
    grpc::ClientContext context;
    const auto reader = stub_->PredictStream(&context, request);
    v1::PredictResponse answer;
    while (reader->Read(&answer)) answers->push_back(answer);
    return reader->Finish();
  }
};

TEST_F(PredictStreamTest, EndsWithWhatPredictWouldAnswer) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(100);
  std::vector<v1::PredictResponse> answers;
  const grpc::Status status = Stream(request, &answers);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_FALSE(answers.empty());
  v1::PredictResponse predicted;
  ASSERT_TRUE(Predict(request, &predicted).ok());
  const v1::PredictResponse& last = answers.back();
  EXPECT_EQ(*DecodeTensor(last.mean(), 6), *DecodeTensor(predicted.mean(), 6));
  EXPECT_EQ(*DecodeTensor(last.variance(), 6),
            *DecodeTensor(predicted.variance(), 6));
  EXPECT_EQ(last.num_networks(), 100);
  EXPECT_EQ(last.stop_reason(), v1::STOP_REASON_ALL_NETWORKS);
  EXPECT_EQ(last.scores_size(), 2);
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_requests_total{code=\"OK\","
                                       "model=\"classifier\",version=\"2\"} "
                                       "2"));
}

TEST_F(PredictStreamTest, StandsForMoreNetworksWithEveryAnswer) {
  std::atomic<int> pieces = 0;
  hook_ = [&](const FakeEngine::Piece&, const Interrupt&) {
    // The second piece waits until the first answer has been read.
    if (++pieces == 2) gate_.Pass();
    return absl::OkStatus();
  };
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(100);
  grpc::ClientContext context;
  const auto reader = stub_->PredictStream(&context, request);
  v1::PredictResponse first;
  ASSERT_TRUE(reader->Read(&first));
  EXPECT_EQ(first.num_networks(), 8);
  EXPECT_EQ(first.stop_reason(), v1::STOP_REASON_UNSPECIFIED);
  gate_.Open();
  int64_t networks = first.num_networks();
  v1::PredictResponse answer;
  while (reader->Read(&answer)) {
    EXPECT_GT(answer.num_networks(), networks);
    networks = answer.num_networks();
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(networks, 100);
}

TEST_F(PredictStreamTest, DoesNotWaitForAClientThatReadsNothing) {
  StartAndServe();
  v1::PredictRequest slow = GoodRequest();
  slow.set_num_networks(10'000);
  grpc::ClientContext context;
  const auto reader = stub_->PredictStream(&context, slow);
  ExpectStillServing();
  std::vector<v1::PredictResponse> answers;
  v1::PredictResponse answer;
  while (reader->Read(&answer)) answers.push_back(answer);
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(answers.back().num_networks(), 10'000);
}

TEST_F(PredictStreamTest, EndsWhenTheClientCancels) {
  std::atomic<int> pieces = 0;
  hook_ = [&](const FakeEngine::Piece& piece, const Interrupt& interrupt) {
    if (piece.inputs.rows == 2 && ++pieces == 2) {
      gate_.Pass();
      while (interrupt().ok()) std::this_thread::yield();
    }
    return absl::OkStatus();
  };
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(10'000);
  grpc::ClientContext context;
  const auto reader = stub_->PredictStream(&context, request);
  v1::PredictResponse answer;
  ASSERT_TRUE(reader->Read(&answer));
  gate_.WaitUntilReached();
  gate_.Open();
  context.TryCancel();
  while (reader->Read(&answer)) continue;
  EXPECT_EQ(reader->Finish().error_code(), grpc::CANCELLED);
  EXPECT_TRUE(scheduler_->WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_EQ(pieces, 2);
  ExpectStillServing();
}

TEST_F(PredictStreamTest, RefusesWhatPredictRefusesAndNetworkOutputs) {
  Start();
  std::vector<v1::PredictResponse> answers;
  EXPECT_EQ(Stream(GoodRequest(), &answers).error_code(), grpc::UNAVAILABLE);
  Serve();
  v1::PredictRequest request = GoodRequest();
  request.mutable_inputs()->set_values(0, std::nanf(""));
  EXPECT_EQ(Stream(request, &answers).error_code(), grpc::INVALID_ARGUMENT);
  request = GoodRequest();
  request.set_model_name("stranger");
  EXPECT_EQ(Stream(request, &answers).error_code(), grpc::NOT_FOUND);
  request = GoodRequest();
  request.set_include_network_outputs(true);
  const grpc::Status status = Stream(request, &answers);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("with Predict alone"));
  EXPECT_TRUE(answers.empty());
}

TEST_F(PredictStreamTest, TellsOfAModelThatFailsOnTheWay) {
  std::atomic<int> pieces = 0;
  hook_ = [&](const FakeEngine::Piece&, const Interrupt&) {
    return ++pieces == 3 ? absl::InternalError("secret") : absl::OkStatus();
  };
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(1000);
  std::vector<v1::PredictResponse> answers;
  const grpc::Status status = Stream(request, &answers);
  EXPECT_EQ(status.error_code(), grpc::INTERNAL);
  EXPECT_THAT(status.error_message(), testing::Not(HasSubstr("secret")));
  ExpectStillServing();
}

TEST_F(PredictStreamTest, IsDeliveredOnceItsClientHasReadIt) {
  StartAndServe();
  // The client's gRPC takes 64 KiB ahead of it and never more.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const auto stub = v1::EnsembleService::NewStub(
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                grpc::InsecureChannelCredentials(), arguments));
  v1::PredictRequest request = GoodRequest();
  request.mutable_inputs()->set_shape(0, 4000);
  request.mutable_inputs()->mutable_values()->Resize(4000 * 4, 0);
  grpc::ClientContext context;
  const auto reader = stub->PredictStream(&context, request);
  reader->WaitForInitialMetadata();  // the first answer is on its way
  models_.Drain();
  ASSERT_TRUE(scheduler_->WaitUntilIdle(absl::InfiniteDuration()));
  EXPECT_FALSE(calls_->WaitUntilNone(absl::ZeroDuration()));
  v1::PredictResponse answer;
  while (reader->Read(&answer)) continue;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(answer.scores_size(), 4000);
  EXPECT_TRUE(calls_->WaitUntilNone(absl::InfiniteDuration()));
}

TEST_F(PredictStreamTest, ServesManyStreamsAtOnce) {
  limits_.max_queued_requests = 1000;
  StartAndServe();
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([this] {
      for (int i = 0; i < 10; ++i) {
        v1::PredictRequest request = GoodRequest();
        request.clear_seed();
        request.set_num_networks(200);
        std::vector<v1::PredictResponse> answers;
        ASSERT_TRUE(Stream(request, &answers).ok());
        EXPECT_EQ(answers.back().num_networks(), 200);
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace hypergan::server
