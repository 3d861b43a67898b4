#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hypergan/v1/ensemble.grpc.pb.h"
#include "prometheus/text_serializer.h"
#include "server/rpc/calls/open_calls.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/open_inference/open_inference_service.h"
#include "server/rpc/service_parts.h"
#include "server/rpc/v1/ensemble_service.h"
#include "server/serving/models/current_models.h"
#include "server/serving/networks/network_supply.h"
#include "server/serving/scheduling/worker.h"
#include "tests/server/fake_clock.h"
#include "tests/server/fake_engine.h"
#include "tests/server/gate.h"

namespace hypergan::server {

// A server on a free port of the loopback with a client's stub for it. It
// serves the fake models "classifier" (versions 1 and 2) and "regression"
// (version 7) once Serve has been called.
class RpcFixture : public testing::Test {
 protected:
  ~RpcFixture() override {
    gate_.Open();
    if (scheduler_ != nullptr) scheduler_->CancelAll();
    server_.reset();
    worker_.reset();
  }

  void Start(bool reflection = false) {
    supply_ =
        std::make_unique<NetworkSupply>(sampling_, limits_, clock_, registry_);
    scheduler_ = std::make_unique<Scheduler>(
        limits_, clock_, *supply_, log_,
        Scheduler::Observers{.queue = [this](const QueueLevel& level) {
          metrics_.SetQueue(level.requests, level.bytes, level.row_networks);
        }});
    worker_ = std::make_unique<Worker>(*scheduler_);
    calls_ = std::make_unique<OpenCalls>(limits_, clock_);
    access_ = std::make_unique<Access>(tokens_.get(), open_probes_, registry_);
    request_log_ = std::make_unique<RequestLog>(
        [this](absl::Span<const Field> fields) { log_(TextOf(fields)); },
        clock_, log_requests_);
    service_ = std::make_unique<EnsembleService>(Parts());
    open_service_ = std::make_unique<open_inference::OpenInferenceService>(
        Parts(), "1.2.3");
    auto server = GrpcServer::Start(
        {.address = "127.0.0.1:0", .reflection = reflection},
        {service_.get(), open_service_.get()}, *calls_, *access_, limits_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = NewChannel();
    stub_ = v1::EnsembleService::NewStub(channel_);
  }

  void Serve() {
    auto table = std::make_shared<ModelTable>();
    Add(*table, "classifier", 1, ClassifierManifest());
    Add(*table, "classifier", 2, ClassifierManifest());
    Add(*table, "regression", 7, RegressionManifest());
    models_.Serve(table);
    server_->SetServing(true);
  }

  void StartAndServe() {
    ASSERT_NO_FATAL_FAILURE(Start());
    Serve();
  }

  ServiceParts Parts() {
    return {limits_,     clock_,   *access_, *request_log_, models_,
            *scheduler_, metrics_, *calls_,  input_range_};
  }

  // A connection of its own, as another client's.
  std::shared_ptr<grpc::Channel> NewChannel() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", server_->port()),
        grpc::InsecureChannelCredentials(), arguments);
  }

  // Two good rows for "classifier": sums 1 and -4.
  static v1::PredictRequest GoodRequest() {
    v1::PredictRequest request;
    request.set_model_name("classifier");
    request.mutable_inputs()->mutable_shape()->Add(2);
    request.mutable_inputs()->mutable_shape()->Add(2);
    request.mutable_inputs()->mutable_shape()->Add(2);
    for (const float value : {0.f, 1.f, 2.f, -2.f, -1.f, -1.f, -1.f, -1.f}) {
      request.mutable_inputs()->add_values(value);
    }
    request.set_seed(42);
    return request;
  }

  grpc::Status Predict(const v1::PredictRequest& request,
                       v1::PredictResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    return stub_->Predict(&context, request, response);
  }
  grpc::Status Predict(const v1::PredictRequest& request) {
    v1::PredictResponse response;
    return Predict(request, &response);
  }

  // Is a good request still answered?
  void ExpectStillServing() {
    const grpc::Status status = Predict(GoodRequest());
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  std::string MetricsText() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

  std::vector<std::string> LogLines() const {
    const std::lock_guard lock(log_mutex_);
    return log_lines_;
  }

  Limits limits_;
  FakeClock clock_;
  Gate gate_;
  SamplingOptions sampling_;  // these too before Start
  // Of every model; set them before Serve.
  FakeEngine::Hook hook_;
  FakeEngine::DrawHook draw_hook_;
  bool log_requests_ = false;
  std::unique_ptr<CurrentTokens> tokens_;  // null: none are asked for
  bool open_probes_ = true;
  InputRangePolicy input_range_ = InputRangePolicy::kWarn;
  mutable std::mutex log_mutex_;
  std::vector<std::string> log_lines_;
  const Log log_ = [this](std::string_view line) {
    const std::lock_guard lock(log_mutex_);
    log_lines_.emplace_back(line);
  };
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  CurrentModels models_;
  std::unique_ptr<NetworkSupply> supply_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<OpenCalls> calls_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<RequestLog> request_log_;
  std::unique_ptr<EnsembleService> service_;
  std::unique_ptr<open_inference::OpenInferenceService> open_service_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::EnsembleService::Stub> stub_;

  void Add(ModelTable& table, const std::string& name, int64_t version,
           const Manifest& manifest) {
    table.Add({name, version,
               std::make_shared<FakeEngine>(manifest, hook_, draw_hook_),
               &metrics_.AddModel(name, version)});
  }
};

}  // namespace hypergan::server
