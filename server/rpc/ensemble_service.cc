#include "server/rpc/ensemble_service.h"

#include <utility>

#include "hypergan/status_macros.h"
#include "server/rpc/manifest_codec.h"
#include "server/rpc/predict_call.h"
#include "server/rpc/predict_stream_call.h"
#include "server/rpc/status.h"
#include "server/serving/exception_guard.h"

namespace hypergan::server {
namespace {

grpc::ServerUnaryReactor* FinishAtOnce(grpc::CallbackServerContext* context,
                                       const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

}  // namespace

void EnsembleService::Serve(std::shared_ptr<const ModelTable> table) {
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
}

void EnsembleService::Drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
}

absl::StatusOr<std::shared_ptr<const ModelTable>> EnsembleService::Table()
    const {
  const std::lock_guard lock(mutex_);
  if (draining_) return absl::UnavailableError("the server is shutting down");
  if (table_ == nullptr) {
    return absl::UnavailableError("the server is starting");
  }
  return table_;
}

grpc::ServerUnaryReactor* EnsembleService::Predict(
    grpc::CallbackServerContext* context, const v1::PredictRequest* request,
    v1::PredictResponse* response) {
  auto* call = new PredictCall(parts_, calls_, context, request, response);
  call->Start(Table());
  return call;
}

grpc::ServerWriteReactor<v1::PredictResponse>* EnsembleService::PredictStream(
    grpc::CallbackServerContext* context, const v1::PredictRequest* request) {
  auto* call = new PredictStreamCall(parts_, calls_, context, request);
  call->Start(Table());
  return call;
}

grpc::ServerUnaryReactor* EnsembleService::ListModels(
    grpc::CallbackServerContext* context, const v1::ListModelsRequest*,
    v1::ListModelsResponse* response) {
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_ASSIGN_OR_RETURN(const auto table, Table());
    for (const ServedModel* model : table->All()) {
      EncodeModel(*model, parts_.limits, response->add_models());
    }
    return absl::OkStatus();
  });
  return FinishAtOnce(context, status);
}

grpc::ServerUnaryReactor* EnsembleService::GetModel(
    grpc::CallbackServerContext* context, const v1::GetModelRequest* request,
    v1::Model* response) {
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_ASSIGN_OR_RETURN(const auto table, Table());
    HG_ASSIGN_OR_RETURN(
        const ServedModel* model,
        table->Find(request->model_name(), request->model_version()));
    EncodeModel(*model, parts_.limits, response);
    return absl::OkStatus();
  });
  return FinishAtOnce(context, status);
}

}  // namespace hypergan::server
