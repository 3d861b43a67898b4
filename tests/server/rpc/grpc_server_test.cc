#include "server/rpc/grpc_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/rpc/v1/tensor_codec.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace hypergan::server {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class GrpcServerTest : public RpcFixture {
 protected:
  // The health of a service, or the code of a call that failed.
  std::string HealthOf(const std::string& service) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const grpc::Status status =
        Health::NewStub(channel_)->Check(&context, request, &response);
    if (!status.ok()) return absl::StrCat("error ", status.error_code());
    return HealthCheckResponse::ServingStatus_Name(response.status());
  }

  // Calls Predict with these bytes for a message.
  grpc::StatusCode PredictBytes(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call = grpc::GenericStub(channel_).PrepareUnaryCall(
        &context, "/hypergan.v1.EnsembleService/Predict", request, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status.error_code();
  }

  // Opens a connection, sends the bytes and reads until the server hangs up.
  void SendRubbish(const std::string& bytes) {
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_GE(connection, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(server_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&address),
                      sizeof(address)),
              0);
    send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    shutdown(connection, SHUT_WR);
    char buffer[4096];
    while (recv(connection, buffer, sizeof(buffer), 0) > 0) {
    }
    close(connection);
  }

  // 2 x 2 zeros as many as fit in so many bytes.
  static v1::PredictRequest Zeros(int64_t bytes) {
    v1::PredictRequest request = GoodRequest();
    request.mutable_inputs()->Clear();
    request.add_outputs(v1::OUTPUT_MEAN);
    EncodeTensor({bytes / 16, 2, 2}, std::vector<float>(bytes / 4),
                 request.mutable_inputs());
    return request;
  }
};

TEST_F(GrpcServerTest, TellsItsHealthThroughItsWholeLife) {
  Start();
  constexpr char kService[] = "hypergan.v1.EnsembleService";
  EXPECT_EQ(HealthOf(""), "NOT_SERVING");
  EXPECT_EQ(HealthOf(kService), "NOT_SERVING");
  server_->SetServing(true);
  EXPECT_EQ(HealthOf(""), "SERVING");
  EXPECT_EQ(HealthOf(kService), "SERVING");
  server_->SetServing(false);
  EXPECT_EQ(HealthOf(""), "NOT_SERVING");
  EXPECT_EQ(HealthOf(kService), "NOT_SERVING");
  EXPECT_EQ(HealthOf("unknown"), absl::StrCat("error ", grpc::NOT_FOUND));
}

TEST_F(GrpcServerTest, TellsWatchersOfEachChange) {
  Start();
  grpc::ClientContext context;
  auto reader =
      Health::NewStub(channel_)->Watch(&context, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  context.TryCancel();
  reader->Finish();
}

TEST_F(GrpcServerTest, SaysThatAPortIsInUse) {
  Start();
  const std::string address = absl::StrCat("127.0.0.1:", server_->port());
  EnsembleService other(Parts());
  const auto second = GrpcServer::Start({.address = address}, {&other}, *calls_,
                                        *access_, limits_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              testing::HasSubstr(address));
}

TEST_F(GrpcServerTest, TakesAMessageOfTheLimitAndNoneBeyond) {
  limits_.max_request_bytes = 1 << 20;
  limits_.max_rows = limits_.max_row_networks = 1 << 30;
  StartAndServe();
  v1::PredictRequest request = Zeros(1 << 20);
  request.set_num_networks(1);
  const grpc::Status fits = Predict(request);
  EXPECT_TRUE(fits.ok()) << fits.error_message();
  request = Zeros(2 << 20);
  request.set_num_networks(1);
  EXPECT_EQ(Predict(request).error_code(), grpc::RESOURCE_EXHAUSTED);
  ExpectStillServing();
}

TEST_F(GrpcServerTest, RefusesAMessageThatGrowsBeyondTheLimitUnpacked) {
  limits_.max_request_bytes = 1 << 20;
  StartAndServe();
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    v1::PredictResponse response;
    // 64 MiB of zeros are 64 KiB on the wire.
    const grpc::Status status =
        stub_->Predict(&context, Zeros(64 << 20), &response);
    EXPECT_EQ(status.error_code(), grpc::UNIMPLEMENTED)
        << status.error_message();
  }
  ExpectStillServing();
}

TEST_F(GrpcServerTest, RefusesSmallCompressedMessagesAlike) {
  StartAndServe();
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::PredictResponse response;
  const grpc::Status status =
      stub_->Predict(&context, Zeros(1 << 10), &response);
  EXPECT_EQ(status.error_code(), grpc::UNIMPLEMENTED);
  ExpectStillServing();
}

TEST_F(GrpcServerTest, SurvivesTruncatedMessages) {
  StartAndServe();
  std::string whole;
  ASSERT_TRUE(GoodRequest().SerializeToString(&whole));
  ASSERT_EQ(PredictBytes(whole), grpc::OK);
  for (size_t length = 0; length < whole.size(); ++length) {
    // Some prefixes are messages of their own, with fields missing.
    EXPECT_NE(PredictBytes(whole.substr(0, length)), grpc::UNAVAILABLE);
  }
  ExpectStillServing();
}

TEST_F(GrpcServerTest, SurvivesMessagesWithFlippedBits) {
  limits_.max_row_networks = 1000;
  StartAndServe();
  std::string whole;
  ASSERT_TRUE(GoodRequest().SerializeToString(&whole));
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(PredictBytes(flipped), grpc::UNAVAILABLE) << "bit " << bit;
  }
  ExpectStillServing();
}

TEST_F(GrpcServerTest, SurvivesRubbishOnItsPort) {
  StartAndServe();
  std::mt19937 generator(1);
  std::string noise(100'000, '\0');
  for (char& byte : noise) byte = static_cast<char>(generator());
  SendRubbish(noise);
  SendRubbish("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  SendRubbish("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + noise);
  SendRubbish("");
  ExpectStillServing();
}

TEST_F(GrpcServerTest, AnswersWhatRunsBeforeItShutsDown) {
  hook_ = [this](const FakeEngine::Piece&, const Interrupt&) {
    gate_.Pass();
    return absl::OkStatus();
  };
  StartAndServe();
  std::thread client([this] { ExpectStillServing(); });
  gate_.WaitUntilReached();
  models_.Drain();
  scheduler_->StopAccepting();
  std::thread opener([this] { gate_.Open(); });
  EXPECT_TRUE(scheduler_->WaitUntilIdle(absl::InfiniteDuration()));
  server_->Shutdown(absl::Seconds(10));
  client.join();
  opener.join();
}

TEST_F(GrpcServerTest, EndsRequestsThatOutliveTheDrain) {
  hook_ = [this](const FakeEngine::Piece&, const Interrupt& interrupt) {
    gate_.Pass();
    absl::Status status;
    while ((status = interrupt()).ok()) std::this_thread::yield();
    return status;
  };
  StartAndServe();
  grpc::Status answer;
  std::thread client([&] { answer = Predict(GoodRequest()); });
  gate_.WaitUntilReached();
  scheduler_->StopAccepting();
  EXPECT_FALSE(scheduler_->WaitUntilIdle(absl::ZeroDuration()));
  gate_.Open();
  scheduler_->CancelAll();
  EXPECT_TRUE(scheduler_->WaitUntilIdle(absl::InfiniteDuration()));
  server_->Shutdown(absl::Seconds(10));
  client.join();
  EXPECT_EQ(answer.error_code(), grpc::UNAVAILABLE);
}

}  // namespace
}  // namespace hypergan::server
