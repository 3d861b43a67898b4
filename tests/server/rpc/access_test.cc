#include "server/rpc/access.h"

#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "inference/grpc_service.grpc.pb.h"
#include "tests/server/rpc/open_inference/open_inference_fixture.h"
#include "tests/support/temp_folder.h"

namespace hypergan::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kAna[] = "Bearer token-of-ana-0123456789";  // classifier
constexpr char kBen[] = "bearer token-of-ben-0123456789";  // all
constexpr char kStranger[] = "Bearer token-of-none-0123456789";

class AccessTest : public open_inference::OpenInferenceFixture {
 protected:
  using Context = grpc::ClientContext;
  using Method = std::function<grpc::Status(Context&)>;

  void WriteTokens(const std::string& text) { std::ofstream(file_) << text; }

  void StartWithTokens() {
    WriteTokens(
        "ana token-of-ana-0123456789 classifier,later\n"
        "ben token-of-ben-0123456789 *\n");
    tokens_ = std::make_unique<CurrentTokens>(file_);
    ASSERT_TRUE(tokens_->Read().ok());
    StartAndServe();
    open_ = inference::GRPCInferenceService::NewStub(channel_);
    health_ = grpc::health::v1::Health::NewStub(channel_);
  }

  // The answer with one header "authorization" for each text.
  static grpc::Status Ask(const Method& method,
                          const std::vector<std::string>& authorizations) {
    Context context;
    for (const std::string& text : authorizations) {
      context.AddMetadata("authorization", text);
    }
    grpc::Status status = method(context);
    return status;
  }
  static grpc::StatusCode CodeOf(const Method& method,
                                 const std::string& authorization) {
    return Ask(method, {authorization}).error_code();
  }

  Method PredictOf(const std::string& model) {
    return [this, model](Context& context) {
      auto request = GoodRequest();
      request.set_model_name(model);
      v1::PredictResponse response;
      return stub_->Predict(&context, request, &response);
    };
  }
  template <typename Request, typename Response, typename Stub>
  Method Open(grpc::Status (Stub::*call)(Context*, const Request&, Response*),
              const Request& request = {}) {
    return [this, call, request](Context& context) {
      Response response;
      return (open_.get()->*call)(&context, request, &response);
    };
  }

  // Every method that needs a token, about "classifier".
  std::map<std::string, Method> Methods() {
    using Stub = inference::GRPCInferenceService::Stub;
    inference::ModelReadyRequest ready;
    ready.set_name("classifier");
    inference::ModelMetadataRequest metadata;
    metadata.set_name("classifier");
    inference::ModelConfigRequest config;
    config.set_name("classifier");
    return {
        {"Predict", PredictOf("classifier")},
        {"PredictStream",
         [this](Context& context) {
           auto reader = stub_->PredictStream(&context, GoodRequest());
           v1::PredictResponse response;
           while (reader->Read(&response)) continue;
           return reader->Finish();
         }},
        {"ListModels",
         [this](Context& context) {
           v1::ListModelsResponse response;
           return stub_->ListModels(&context, {}, &response);
         }},
        {"GetModel",
         [this](Context& context) {
           v1::GetModelRequest request;
           request.set_model_name("classifier");
           v1::Model response;
           return stub_->GetModel(&context, request, &response);
         }},
        {"ModelInfer", Open(&Stub::ModelInfer, GoodInfer())},
        {"ModelReady", Open(&Stub::ModelReady, ready)},
        {"ServerMetadata", Open(&Stub::ServerMetadata)},
        {"ModelMetadata", Open(&Stub::ModelMetadata, metadata)},
        {"ModelConfig", Open(&Stub::ModelConfig, config)},
        {"ModelStatistics", Open(&Stub::ModelStatistics)},
    };
  }
  std::map<std::string, Method> Probes() {
    using Stub = inference::GRPCInferenceService::Stub;
    return {
        {"ServerLive", Open(&Stub::ServerLive)},
        {"ServerReady", Open(&Stub::ServerReady)},
        {"Check",
         [this](Context& context) {
           grpc::health::v1::HealthCheckResponse response;
           return health_->Check(&context, {}, &response);
         }},
    };
  }

  std::vector<std::string> ListedTo(const std::string& authorization) {
    Context context;
    context.AddMetadata("authorization", authorization);
    v1::ListModelsResponse response;
    EXPECT_TRUE(stub_->ListModels(&context, {}, &response).ok());
    std::vector<std::string> names;
    for (const v1::Model& model : response.models()) {
      names.push_back(model.name() + ":" + model.version());
    }
    return names;
  }

  const TempFolder folder_;
  const std::string file_ = folder_.Path("tokens");
  std::unique_ptr<inference::GRPCInferenceService::Stub> open_;
  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

TEST_F(AccessTest, EveryMethodNeedsAToken) {
  StartWithTokens();
  for (const auto& [name, method] : Methods()) {
    EXPECT_EQ(Ask(method, {}).error_code(), grpc::UNAUTHENTICATED) << name;
    EXPECT_EQ(CodeOf(method, kStranger), grpc::UNAUTHENTICATED) << name;
    EXPECT_EQ(CodeOf(method, kAna), grpc::OK) << name;
    EXPECT_EQ(CodeOf(method, kBen), grpc::OK) << name;
  }
  EXPECT_THAT(MetricsText(),
              HasSubstr("hypergan_unauthenticated_calls_total 20\n"));
}

TEST_F(AccessTest, ATokenComesOnceAndByItsScheme) {
  StartWithTokens();
  const Method method = PredictOf("classifier");
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{
           {kAna, kAna},
           {"Basic token-of-ana-0123456789"},
           {"token-of-ana-0123456789"},
           {"Bearer"},
           {"Bearer "},
           {"Bearer  token-of-ana-0123456789"},
           {std::string("Bearer ") + std::string(7000, 'a')}}) {
    EXPECT_EQ(Ask(method, wrong).error_code(), grpc::UNAUTHENTICATED);
  }
  EXPECT_EQ(CodeOf(method, kAna), grpc::OK);
}

TEST_F(AccessTest, ATokenOpensItsModelsAlone) {
  StartWithTokens();
  EXPECT_EQ(CodeOf(PredictOf("regression"), kAna), grpc::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(PredictOf("nothing"), kAna), grpc::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(PredictOf("nothing"), kBen), grpc::NOT_FOUND);
  EXPECT_THAT(MetricsText(),
              HasSubstr("hypergan_requests_total{code=\"PERMISSION_DENIED\","
                        "model=\"\",version=\"\"} 2"));
  // The names of others are not told.
  const grpc::Status later = Ask(PredictOf("later"), {kAna});
  EXPECT_EQ(later.error_code(), grpc::NOT_FOUND);
  EXPECT_THAT(later.error_message(), Not(HasSubstr("regression")));
}

TEST_F(AccessTest, ListsTheModelsThatATokenOpens) {
  StartWithTokens();
  EXPECT_THAT(ListedTo(kAna), ElementsAre("classifier:1", "classifier:2"));
  EXPECT_THAT(ListedTo(kBen),
              ElementsAre("classifier:1", "classifier:2", "regression:7"));
  Context context;
  context.AddMetadata("authorization", kAna);
  inference::ModelStatisticsResponse response;
  ASSERT_TRUE(open_->ModelStatistics(&context, {}, &response).ok());
  EXPECT_EQ(response.model_stats_size(), 2);
}

TEST_F(AccessTest, ProbesNeedNoTokenByDefault) {
  StartWithTokens();
  for (const auto& [name, method] : Probes()) {
    EXPECT_TRUE(Ask(method, {}).ok()) << name;
  }
}

TEST_F(AccessTest, ProbesMayNeedATokenToo) {
  open_probes_ = false;
  StartWithTokens();
  for (const auto& [name, method] : Probes()) {
    EXPECT_EQ(Ask(method, {}).error_code(), grpc::UNAUTHENTICATED) << name;
    EXPECT_EQ(CodeOf(method, kAna), grpc::OK) << name;
  }
}

TEST_F(AccessTest, ARefusedCallHasItsIdAndItsLine) {
  log_requests_ = true;
  StartWithTokens();
  Context context;
  context.AddMetadata("x-request-id", "a-1");
  v1::PredictResponse response;
  EXPECT_FALSE(stub_->Predict(&context, GoodRequest(), &response).ok());
  EXPECT_EQ(context.GetServerInitialMetadata().count("x-request-id"), 1u);
  EXPECT_EQ(CodeOf(PredictOf("classifier"), kAna), grpc::OK);
  EXPECT_THAT(LogLines(), Contains(HasSubstr("code=UNAUTHENTICATED peer=")));
  EXPECT_THAT(LogLines(), Contains(HasSubstr(" id=a-1 ")));
  EXPECT_THAT(LogLines(), Contains(HasSubstr(" client=ana ")));
}

TEST_F(AccessTest, RefusedCallsCannotFillTheLog) {
  log_requests_ = true;
  StartWithTokens();
  for (int i = 0; i < 50; ++i) CodeOf(PredictOf("classifier"), kStranger);
  EXPECT_EQ(LogLines().size(), 10u);
  clock_.Advance(absl::Seconds(1));
  CodeOf(PredictOf("classifier"), kStranger);
  EXPECT_THAT(LogLines(), Contains(HasSubstr(" left_out=40")));
}

TEST_F(AccessTest, KeepsItsTokensWhenTheFileGoesBad) {
  StartWithTokens();
  WriteTokens("ana short classifier\n");
  EXPECT_FALSE(tokens_->Read().ok());
  EXPECT_EQ(CodeOf(PredictOf("classifier"), kAna), grpc::OK);
  WriteTokens("cid token-of-cid-0123456789 *\n");
  EXPECT_TRUE(tokens_->Read().ok());
  EXPECT_EQ(CodeOf(PredictOf("classifier"), kAna), grpc::UNAUTHENTICATED);
  EXPECT_EQ(CodeOf(PredictOf("classifier"), "Bearer token-of-cid-0123456789"),
            grpc::OK);
}

TEST_F(AccessTest, OneTokensFloodLeavesRoomForAnothers) {
  hook_ = [this](const FakeEngine::Piece&, const Interrupt&) {
    gate_.Pass();
    return absl::OkStatus();
  };
  limits_.max_queued_requests = 8;
  limits_.max_client_share = 0.5;
  StartWithTokens();
  std::vector<std::thread> calls;
  std::mutex mutex;
  std::map<grpc::StatusCode, int> of_ben;
  // One that is computed, and many that would wait for it.
  calls.emplace_back([this] { CodeOf(PredictOf("classifier"), kBen); });
  gate_.WaitUntilReached();
  for (int i = 0; i < 12; ++i) {
    calls.emplace_back([&] {
      const auto code = CodeOf(PredictOf("classifier"), kBen);
      const std::lock_guard lock(mutex);
      ++of_ben[code];
    });
  }
  const auto refused = [&] {
    const std::lock_guard lock(mutex);
    return of_ben[grpc::RESOURCE_EXHAUSTED];
  };
  while (refused() < 8) std::this_thread::yield();
  grpc::StatusCode of_ana = grpc::UNKNOWN;
  calls.emplace_back([&] { of_ana = CodeOf(PredictOf("classifier"), kAna); });
  const auto waits = HasSubstr("hypergan_queue_requests 5\n");
  while (!testing::Value(MetricsText(), waits)) std::this_thread::yield();
  gate_.Open();
  for (std::thread& call : calls) call.join();
  EXPECT_EQ(of_ana, grpc::OK);
  EXPECT_EQ(of_ben[grpc::OK], 4);
}

}  // namespace
}  // namespace hypergan::server
