#include "server/rpc/open_inference/open_inference_service.h"

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/open_inference/open_inference_fixture.h"

namespace hypergan::server::open_inference {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Stub = GRPCInferenceService::Stub;

class OpenInferenceServiceTest : public OpenInferenceFixture {
 protected:
  bool IsLive() {
    inference::ServerLiveResponse response;
    const grpc::Status status =
        Ask(&Stub::ServerLive, inference::ServerLiveRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.live();
  }
  bool IsReady() {
    inference::ServerReadyResponse response;
    const grpc::Status status =
        Ask(&Stub::ServerReady, inference::ServerReadyRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.ready();
  }
  bool IsReady(const std::string& model, const std::string& version) {
    inference::ModelReadyRequest request;
    request.set_name(model);
    request.set_version(version);
    inference::ModelReadyResponse response;
    const grpc::Status status = Ask(&Stub::ModelReady, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.ready();
  }

  grpc::Status Metadata(const std::string& model, const std::string& version,
                        inference::ModelMetadataResponse* response) {
    inference::ModelMetadataRequest request;
    request.set_name(model);
    request.set_version(version);
    return Ask(&Stub::ModelMetadata, request, response);
  }
  grpc::Status Config(const std::string& model, const std::string& version,
                      inference::ModelConfig* config) {
    inference::ModelConfigRequest request;
    request.set_name(model);
    request.set_version(version);
    inference::ModelConfigResponse response;
    const grpc::Status status = Ask(&Stub::ModelConfig, request, &response);
    *config = response.config();
    return status;
  }
  grpc::Status Statistics(const std::string& model, const std::string& version,
                          inference::ModelStatisticsResponse* response) {
    inference::ModelStatisticsRequest request;
    request.set_name(model);
    request.set_version(version);
    return Ask(&Stub::ModelStatistics, request, response);
  }
};

// "name FP32 [-1, 2]"
std::string Text(
    const inference::ModelMetadataResponse::TensorMetadata& tensor) {
  return absl::StrCat(tensor.name(), " ", tensor.datatype(), " [",
                      absl::StrJoin(tensor.shape(), ", "), "]");
}

TEST_F(OpenInferenceServiceTest, TellsWhetherItIsReadyThroughItsWholeLife) {
  Start();
  EXPECT_TRUE(IsLive());
  EXPECT_FALSE(IsReady());
  EXPECT_FALSE(IsReady("classifier", ""));
  Serve();
  EXPECT_TRUE(IsLive());
  EXPECT_TRUE(IsReady());
  EXPECT_TRUE(IsReady("classifier", ""));
  EXPECT_TRUE(IsReady("classifier", "1"));
  EXPECT_FALSE(IsReady("classifier", "3"));
  EXPECT_FALSE(IsReady("stranger", ""));
  models_.Drain();
  EXPECT_TRUE(IsLive());
  EXPECT_FALSE(IsReady());
  EXPECT_FALSE(IsReady("classifier", ""));
}

TEST_F(OpenInferenceServiceTest, DescribesNothingUnlessItServes) {
  Start();
  const auto expect_unavailable = [this] {
    inference::ModelMetadataResponse metadata;
    EXPECT_EQ(Metadata("classifier", "", &metadata).error_code(),
              grpc::UNAVAILABLE);
    inference::ModelConfig config;
    EXPECT_EQ(Config("classifier", "", &config).error_code(),
              grpc::UNAVAILABLE);
    inference::ModelStatisticsResponse statistics;
    EXPECT_EQ(Statistics("", "", &statistics).error_code(), grpc::UNAVAILABLE);
    ModelInferResponse response;
    EXPECT_EQ(Infer(GoodInfer(), &response).error_code(), grpc::UNAVAILABLE);
  };
  expect_unavailable();
  Serve();
  models_.Drain();
  expect_unavailable();
}

TEST_F(OpenInferenceServiceTest, HasItsHealthInTheHealthService) {
  Start();
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("inference.GRPCInferenceService");
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  grpc::health::v1::HealthCheckResponse response;
  grpc::ClientContext before, after;
  ASSERT_TRUE(health->Check(&before, request, &response).ok());
  EXPECT_EQ(response.status(),
            grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  Serve();
  ASSERT_TRUE(health->Check(&after, request, &response).ok());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

TEST_F(OpenInferenceServiceTest, TellsItsNameVersionAndExtensions) {
  Start();
  inference::ServerMetadataResponse response;
  ASSERT_TRUE(
      Ask(&Stub::ServerMetadata, inference::ServerMetadataRequest(), &response)
          .ok());
  EXPECT_EQ(response.name(), "hypergan-server");
  EXPECT_EQ(response.version(), "1.2.3");
  EXPECT_THAT(response.extensions(),
              ElementsAre("model_configuration", "statistics"));
}

TEST_F(OpenInferenceServiceTest, DescribesAClassifier) {
  StartAndServe();
  inference::ModelMetadataResponse response;
  ASSERT_TRUE(Metadata("classifier", "1", &response).ok());
  EXPECT_EQ(response.name(), "classifier");
  EXPECT_THAT(response.versions(), ElementsAre("1", "2"));
  ASSERT_THAT(response.inputs(), SizeIs(1));
  EXPECT_EQ(Text(response.inputs(0)), "input FP32 [-1, 2, 2]");
  std::vector<std::string> outputs;
  for (const auto& output : response.outputs()) outputs.push_back(Text(output));
  EXPECT_THAT(
      outputs,
      ElementsAre("mean FP32 [-1, 3]", "variance FP32 [-1, 3]",
                  "predictive_entropy FP64 [-1]", "expected_entropy FP64 [-1]",
                  "mutual_information FP64 [-1]", "total_variance FP64 [-1]",
                  "max_probability FP64 [-1]", "ood_score FP64 [-1]",
                  "is_ood BOOL [-1]", "class INT32 [-1]",
                  "class_name BYTES [-1]"));
}

TEST_F(OpenInferenceServiceTest, ListsNoOutputWithoutAMeaningForTheModel) {
  StartAndServe();
  inference::ModelMetadataResponse response;
  ASSERT_TRUE(Metadata("regression", "", &response).ok());
  EXPECT_THAT(response.versions(), ElementsAre("7"));
  EXPECT_EQ(Text(response.inputs(0)), "input FP32 [-1, 1]");
  std::vector<std::string> outputs;
  for (const auto& output : response.outputs()) outputs.push_back(Text(output));
  EXPECT_THAT(outputs, ElementsAre("mean FP32 [-1, 1]", "variance FP32 [-1, 1]",
                                   "total_variance FP64 [-1]"));
}

TEST_F(OpenInferenceServiceTest, ConfiguresAModelAsTritonWould) {
  limits_.max_rows = 77;
  limits_.max_batch_delay = absl::Milliseconds(3);
  StartAndServe();
  inference::ModelConfig config;
  ASSERT_TRUE(Config("classifier", "", &config).ok());
  EXPECT_EQ(config.name(), "classifier");
  EXPECT_EQ(config.max_batch_size(), 77);
  EXPECT_EQ(config.dynamic_batching().max_queue_delay_microseconds(), 3000);
  ASSERT_THAT(config.input(), SizeIs(1));
  EXPECT_EQ(config.input(0).name(), "input");
  EXPECT_EQ(config.input(0).data_type(), inference::TYPE_FP32);
  EXPECT_THAT(config.input(0).dims(), ElementsAre(2, 2));
  ASSERT_THAT(config.output(), SizeIs(11));
  EXPECT_EQ(config.output(0).name(), "mean");
  EXPECT_THAT(config.output(0).dims(), ElementsAre(3));
  EXPECT_EQ(config.output(2).data_type(), inference::TYPE_FP64);
  EXPECT_THAT(config.output(2).dims(), IsEmpty());
  EXPECT_EQ(config.output(8).data_type(), inference::TYPE_BOOL);
  EXPECT_EQ(config.output(9).data_type(), inference::TYPE_INT32);
  EXPECT_EQ(config.output(10).data_type(), inference::TYPE_STRING);
}

TEST_F(OpenInferenceServiceTest, KnowsNoModelThatItDoesNotServe) {
  StartAndServe();
  for (const auto& [model, version] :
       {std::pair("stranger", ""), std::pair("classifier", "3")}) {
    inference::ModelMetadataResponse metadata;
    EXPECT_EQ(Metadata(model, version, &metadata).error_code(),
              grpc::NOT_FOUND);
    inference::ModelConfig config;
    EXPECT_EQ(Config(model, version, &config).error_code(), grpc::NOT_FOUND);
    inference::ModelStatisticsResponse statistics;
    EXPECT_EQ(Statistics(model, version, &statistics).error_code(),
              grpc::NOT_FOUND);
  }
}

TEST_F(OpenInferenceServiceTest, CountsTheRequestsOfBothProtocols) {
  StartAndServe();
  inference::ModelStatisticsResponse response;
  ASSERT_TRUE(Statistics("classifier", "2", &response).ok());
  ASSERT_THAT(response.model_stats(), SizeIs(1));
  EXPECT_EQ(response.model_stats(0).last_inference(), 0);
  EXPECT_EQ(response.model_stats(0).inference_count(), 0);

  ModelInferResponse answer;
  ASSERT_TRUE(Infer(GoodInfer(), &answer).ok());
  ExpectStillServing();
  ModelInferRequest bad = GoodInfer();
  bad.mutable_inputs(0)->set_shape(0, 3);
  EXPECT_FALSE(Infer(bad, &answer).ok());

  ASSERT_TRUE(Statistics("classifier", "2", &response).ok());
  ASSERT_THAT(response.model_stats(), SizeIs(1));
  const inference::ModelStatistics& model = response.model_stats(0);
  EXPECT_EQ(model.name(), "classifier");
  EXPECT_EQ(model.version(), "2");
  EXPECT_GT(model.last_inference(), 0);
  EXPECT_EQ(model.inference_count(), 4);  // two rows each
  EXPECT_EQ(model.execution_count(), 2);
  EXPECT_EQ(model.inference_stats().success().count(), 2);
  EXPECT_EQ(model.inference_stats().fail().count(), 1);
  EXPECT_EQ(model.inference_stats().queue().count(), 2);
  EXPECT_EQ(model.inference_stats().compute_input().count(), 2);
  EXPECT_EQ(model.inference_stats().compute_infer().count(), 2);
  EXPECT_EQ(model.inference_stats().compute_output().count(), 2);
}

TEST_F(OpenInferenceServiceTest, CountsTheTimesOfRequests) {
  hook_ = [this](const FakeEngine::Piece&, const Interrupt&) {
    clock_.Advance(absl::Seconds(2));
    return absl::OkStatus();
  };
  StartAndServe();
  ModelInferResponse answer;
  ASSERT_TRUE(Infer(GoodInfer(), &answer).ok());
  inference::ModelStatisticsResponse response;
  ASSERT_TRUE(Statistics("classifier", "2", &response).ok());
  const auto& stats = response.model_stats(0).inference_stats();
  EXPECT_EQ(stats.success().ns() % 2'000'000'000, 0);
  EXPECT_GE(stats.success().ns(), 2'000'000'000);
  EXPECT_EQ(stats.compute_infer().ns(), stats.success().ns());
}

TEST_F(OpenInferenceServiceTest, CountsEveryModelUnlessOneIsNamed) {
  StartAndServe();
  inference::ModelStatisticsResponse response;
  ASSERT_TRUE(Statistics("", "", &response).ok());
  EXPECT_THAT(response.model_stats(), SizeIs(3));
  ASSERT_TRUE(Statistics("classifier", "", &response).ok());
  EXPECT_THAT(response.model_stats(), SizeIs(2));
}

TEST_F(OpenInferenceServiceTest, BoundsTheStatisticsOfAllModels) {
  limits_.max_response_bytes = 50;
  StartAndServe();
  inference::ModelStatisticsResponse response;
  const grpc::Status status = Statistics("", "", &response);
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("at most 50 allowed"));
}

TEST_F(OpenInferenceServiceTest, LogsEachCallWhenAskedTo) {
  log_requests_ = true;
  StartAndServe();
  EXPECT_TRUE(IsReady());
  inference::ModelMetadataResponse metadata;
  Metadata("stranger", "", &metadata);
  EXPECT_THAT(
      LogLines(),
      ElementsAre(
          testing::AllOf(
              HasSubstr("method=/inference.GRPCInferenceService/ServerReady "),
              HasSubstr(" code=OK ")),
          testing::AllOf(
              HasSubstr(
                  "method=/inference.GRPCInferenceService/ModelMetadata "),
              HasSubstr(" code=NOT_FOUND "),
              HasSubstr("message=\"no model 'stranger'"))));
}

}  // namespace
}  // namespace hypergan::server::open_inference
