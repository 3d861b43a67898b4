#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "hypergan/v1/ensemble.grpc.pb.h"

namespace hypergan::client {

// A function that one thread sets and another calls, one at a time. Its lock is
// also what the thread sanitizer knows of the order between a test and the
// threads of gRPC, whose own locks it cannot see.
template <typename Signature>
class Handler;

template <typename... Arguments>
class Handler<grpc::Status(Arguments...)> {
 public:
  explicit Handler(std::mutex& mutex) : mutex_(mutex) {}

  template <typename Function>
  void operator=(Function function) {
    std::lock_guard lock(mutex_);
    function_ = std::move(function);
  }
  grpc::Status operator()(Arguments... arguments) {
    std::lock_guard lock(mutex_);
    return function_(arguments...);
  }

 private:
  std::mutex& mutex_;
  std::function<grpc::Status(Arguments...)> function_;
};

// A server on a free port of the loopback interface that answers as the test
// says. Set the handlers before the first request.
class FakeServer final : public v1::EnsembleService::Service,
                         public grpc::health::v1::Health::Service {
  std::mutex mutex_;  // before the handlers, which lock it

 public:
  // Its connections are told to go elsewhere when they are that old.
  explicit FakeServer(
      absl::Duration max_connection_age = absl::InfiniteDuration(),
      std::shared_ptr<grpc::ServerCredentials> credentials =
          grpc::InsecureServerCredentials());
  ~FakeServer() override;

  // As 127.0.0.1:PORT.
  const std::string& address() const { return address_; }

  // To be called between what a test and a handler do to the same thing.
  void Settle() { std::lock_guard lock(mutex_); }

  // What its refusals say of when to come back (grpc-retry-pushback-ms).
  void SetPushback(const std::string& milliseconds) {
    std::lock_guard lock(mutex_);
    pushback_ = milliseconds;
  }

  // What those who watch its health from now on are told.
  void Serve(bool serving) {
    std::lock_guard lock(mutex_);
    is_serving_ = serving;
  }

  // "authorization" of each Predict so far, empty where there was none.
  std::vector<std::string> authorizations() {
    std::lock_guard lock(mutex_);
    return authorizations_;
  }

  Handler<grpc::Status(const v1::PredictRequest&, v1::PredictResponse*)>
      on_predict{mutex_};
  using Answers = grpc::ServerWriter<v1::PredictResponse>;
  Handler<grpc::Status(const v1::PredictRequest&, Answers*)> on_predict_stream{
      mutex_};
  Handler<grpc::Status(v1::ListModelsResponse*)> on_list_models{mutex_};
  Handler<grpc::Status(const v1::GetModelRequest&, v1::Model*)> on_get_model{
      mutex_};
  Handler<grpc::Status(const std::string& service,
                       grpc::health::v1::HealthCheckResponse*)>
      on_check{mutex_};

 private:
  grpc::Status Predict(grpc::ServerContext*, const v1::PredictRequest* request,
                       v1::PredictResponse* response) override;
  grpc::Status PredictStream(grpc::ServerContext*,
                             const v1::PredictRequest* request,
                             Answers* answers) override;
  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                          v1::ListModelsResponse* response) override;
  grpc::Status GetModel(grpc::ServerContext*,
                        const v1::GetModelRequest* request,
                        v1::Model* response) override;
  grpc::Status Check(grpc::ServerContext*,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;
  // Says what Serve() has said, and no more.
  grpc::Status Watch(grpc::ServerContext*,
                     const grpc::health::v1::HealthCheckRequest*,
                     grpc::ServerWriter<grpc::health::v1::HealthCheckResponse>*
                         health) override;

  std::string address_;
  std::vector<std::string> authorizations_;
  std::string pushback_;
  bool is_serving_ = true;
  absl::Notification stopping_;
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
