#pragma once

#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "hypergan/v1/ensemble.grpc.pb.h"

namespace hypergan::client {

// A server on a free port of the loopback interface that answers as the test
// says. Set the handlers before the first request.
class FakeServer final : public v1::EnsembleService::Service,
                         public grpc::health::v1::Health::Service {
 public:
  FakeServer();
  ~FakeServer() override;

  // As 127.0.0.1:PORT.
  const std::string& address() const { return address_; }

  std::function<grpc::Status(const v1::PredictRequest&, v1::PredictResponse*)>
      on_predict;
  std::function<grpc::Status(v1::ListModelsResponse*)> on_list_models;
  std::function<grpc::Status(const v1::GetModelRequest&, v1::Model*)>
      on_get_model;
  std::function<grpc::Status(const std::string& service,
                             grpc::health::v1::HealthCheckResponse*)>
      on_check;

 private:
  grpc::Status Predict(grpc::ServerContext*, const v1::PredictRequest* request,
                       v1::PredictResponse* response) override;
  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                          v1::ListModelsResponse* response) override;
  grpc::Status GetModel(grpc::ServerContext*,
                        const v1::GetModelRequest* request,
                        v1::Model* response) override;
  grpc::Status Check(grpc::ServerContext*,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;

  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

// A model of `classes` classes on inputs [1, 2, 2] that is named "digits".
v1::Model DigitsModel(int classes);

// A well-formed answer of `model` to `request`. Row i's class is its first
// number rounded; each of its networks says so with 0.9 and spreads the rest.
grpc::Status AnswerDigits(const v1::Model& model,
                          const v1::PredictRequest& request,
                          v1::PredictResponse* response);

}  // namespace hypergan::client
