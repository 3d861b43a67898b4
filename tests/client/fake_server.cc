#include "tests/client/fake_server.h"

#include <grpcpp/server_builder.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"

namespace hypergan::client {
namespace {

constexpr uint64_t kFreshSeed = 77;

void SetTensor(const std::vector<float>& values, std::vector<int64_t> shape,
               v1::Tensor* tensor) {
  tensor->mutable_shape()->Assign(shape.begin(), shape.end());
  tensor->set_raw(values.data(), values.size() * sizeof(float));
}

}  // namespace

FakeServer::FakeServer(absl::Duration max_connection_age,
                       std::shared_ptr<grpc::ServerCredentials> credentials) {
  int port = 0;
  grpc::ServerBuilder builder;
  if (max_connection_age != absl::InfiniteDuration()) {
    builder.AddChannelArgument(
        GRPC_ARG_MAX_CONNECTION_AGE_MS,
        static_cast<int>(absl::ToInt64Milliseconds(max_connection_age)));
  }
  builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port);
  builder.RegisterService(static_cast<v1::EnsembleService::Service*>(this));
  builder.RegisterService(
      static_cast<grpc::health::v1::Health::Service*>(this));
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

FakeServer::~FakeServer() {
  stopping_.Notify();
  server_->Shutdown();
  server_->Wait();
}

grpc::Status FakeServer::Predict(grpc::ServerContext* context,
                                 const v1::PredictRequest* request,
                                 v1::PredictResponse* response) {
  {
    const auto& metadata = context->client_metadata();
    const auto place = metadata.find("authorization");
    std::lock_guard lock(mutex_);
    authorizations_.push_back(
        place == metadata.end()
            ? ""
            : std::string(place->second.data(), place->second.size()));
    if (!pushback_.empty()) {
      context->AddTrailingMetadata("grpc-retry-pushback-ms", pushback_);
    }
  }
  return on_predict(*request, response);
}

grpc::Status FakeServer::PredictStream(grpc::ServerContext*,
                                       const v1::PredictRequest* request,
                                       Answers* answers) {
  return on_predict_stream(*request, answers);
}

grpc::Status FakeServer::ListModels(grpc::ServerContext*,
                                    const v1::ListModelsRequest*,
                                    v1::ListModelsResponse* response) {
  return on_list_models(response);
}

grpc::Status FakeServer::GetModel(grpc::ServerContext*,
                                  const v1::GetModelRequest* request,
                                  v1::Model* response) {
  return on_get_model(*request, response);
}

grpc::Status FakeServer::Check(
    grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest* request,
    grpc::health::v1::HealthCheckResponse* response) {
  return on_check(request->service(), response);
}

grpc::Status FakeServer::Watch(
    grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest*,
    grpc::ServerWriter<grpc::health::v1::HealthCheckResponse>* health) {
  using grpc::health::v1::HealthCheckResponse;
  HealthCheckResponse response;
  {
    std::lock_guard lock(mutex_);
    response.set_status(is_serving_ ? HealthCheckResponse::SERVING
                                    : HealthCheckResponse::NOT_SERVING);
  }
  health->Write(response);
  stopping_.WaitForNotification();
  return grpc::Status::OK;
}

v1::Model DigitsModel(int classes) {
  v1::Model model;
  model.set_name("digits");
  model.set_version("3");
  model.set_manifest_json(R"({"task": "classification"})");
  model.set_max_networks(1000);
  model.set_max_rows(4);
  v1::Manifest& manifest = *model.mutable_manifest();
  manifest.set_format_version(1);
  manifest.set_task(v1::TASK_CLASSIFICATION);
  manifest.set_noise_size(8);
  for (int dimension : {1, 2, 2}) manifest.add_input_shape(dimension);
  manifest.set_num_outputs(classes);
  for (int k = 0; k < classes; ++k) {
    manifest.add_class_names(absl::StrCat("digit ", k));
  }
  manifest.set_default_num_networks(2);
  manifest.set_target_network("tiny");
  v1::Calibration& calibration = *manifest.mutable_calibration();
  calibration.set_primary_score("predictive_entropy");
  calibration.set_rows(100);
  calibration.set_threshold(0.95);
  calibration.add_quantiles(0.1);
  calibration.add_quantiles(0.2);
  calibration.set_networks(5);
  v1::NetworkQuantiles& two = *calibration.add_other_networks();
  two.set_networks(2);
  two.add_quantiles(0.3);
  (*manifest.mutable_provenance())["dataset"] = "made up";
  (*manifest.mutable_validation())["accuracy"] = 0.5;
  return model;
}

grpc::Status AnswerDigits(const v1::Model& model,
                          const v1::PredictRequest& request,
                          v1::PredictResponse* response) {
  const int64_t rows = request.inputs().shape(0);
  const int64_t outputs = model.manifest().num_outputs();
  const int64_t networks =
      request.num_networks() > 0 ? request.num_networks() : 2;
  std::vector<float> inputs(request.inputs().raw().size() / sizeof(float));
  std::memcpy(inputs.data(), request.inputs().raw().data(),
              request.inputs().raw().size());
  std::vector<float> mean(rows * outputs, 0.1f / (outputs - 1));
  response->set_model_name(model.name());
  response->set_model_version(model.version());
  response->set_seed(request.has_seed() ? request.seed() : kFreshSeed);
  response->set_num_networks(networks);
  for (int64_t i = 0; i < rows; ++i) {
    const auto index =
        static_cast<int32_t>(std::lround(inputs[i * inputs.size() / rows]));
    mean[i * outputs + index] = 0.9f;
    response->add_classes()->set_index(index);
    response->mutable_classes(i)->set_name(absl::StrCat("digit ", index));
    v1::Scores& scores = *response->add_scores();
    scores.set_predictive_entropy(0.1 * index);
    scores.set_expected_entropy(0.05 * index);
    scores.set_mutual_information(0.05 * index);
    scores.set_total_variance(0.02);
    scores.set_max_probability(0.9);
    scores.set_ood_score(0.5);
    scores.set_is_ood(false);
  }
  SetTensor(mean, {rows, outputs}, response->mutable_mean());
  SetTensor(std::vector<float>(mean.size(), 0.01f), {rows, outputs},
            response->mutable_variance());
  if (request.include_network_outputs()) {
    std::vector<float> all;
    for (int64_t n = 0; n < networks; ++n) {
      for (float value : mean) all.push_back(value + 10.0f * n);
    }
    SetTensor(all, {networks, rows, outputs},
              response->mutable_network_outputs());
  }
  response->mutable_timing()->mutable_sampling()->set_nanos(1'000'000);
  return grpc::Status::OK;
}

}  // namespace hypergan::client
