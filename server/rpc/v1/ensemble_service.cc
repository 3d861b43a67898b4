#include "server/rpc/v1/ensemble_service.h"

#include <utility>

#include "base/status_macros.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/v1/look_up_call.h"
#include "server/rpc/v1/predict_call.h"
#include "server/rpc/v1/predict_stream_call.h"

namespace hypergan::server {

EnsembleService::EnsembleService(const Parts& parts) : parts_(parts) {
  using Context = grpc::CallbackServerContext;
  AddCalls("/hypergan.v1.EnsembleService/Predict", [this](Context& context) {
    return std::make_unique<PredictCall>(*this, context);
  });
  AddCalls("/hypergan.v1.EnsembleService/PredictStream",
           [this](Context& context) {
             return std::make_unique<PredictStreamCall>(*this, context);
           });
  AddCalls("/hypergan.v1.EnsembleService/ListModels", [this](Context& context) {
    return std::make_unique<LookUpCall>(
        parts_.calls, CallKind::kDescription, context,
        [this](const grpc::ByteBuffer& message) {
          return ListModels(message);
        });
  });
  AddCalls("/hypergan.v1.EnsembleService/GetModel", [this](Context& context) {
    return std::make_unique<LookUpCall>(
        parts_.calls, CallKind::kDescription, context,
        [this](const grpc::ByteBuffer& message) { return GetModel(message); });
  });
}

absl::Status EnsembleService::Serve(std::shared_ptr<const ModelTable> table) {
  auto models = std::make_shared<Models>();
  models->table = std::move(table);
  HG_ASSIGN_OR_RETURN(models->descriptions,
                      Descriptions::Of(*models->table, parts_.limits));
  const std::lock_guard lock(mutex_);
  models_ = std::move(models);
  return absl::OkStatus();
}

void EnsembleService::Drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
}

absl::StatusOr<std::shared_ptr<const EnsembleService::Models>>
EnsembleService::ServedModels() const {
  const std::lock_guard lock(mutex_);
  if (draining_) return absl::UnavailableError("the server is shutting down");
  if (models_ == nullptr) {
    return absl::UnavailableError("the server is starting");
  }
  return models_;
}

absl::StatusOr<grpc::ByteBuffer> EnsembleService::ListModels(
    const grpc::ByteBuffer& message) const {
  HG_RETURN_IF_ERROR(FromBytes<v1::ListModelsRequest>(message).status());
  HG_ASSIGN_OR_RETURN(const auto models, ServedModels());
  return models->descriptions.List();
}

absl::StatusOr<grpc::ByteBuffer> EnsembleService::GetModel(
    const grpc::ByteBuffer& message) const {
  HG_ASSIGN_OR_RETURN(const v1::GetModelRequest request,
                      FromBytes<v1::GetModelRequest>(message));
  HG_ASSIGN_OR_RETURN(const auto models, ServedModels());
  HG_ASSIGN_OR_RETURN(
      const ServedModel* model,
      models->table->Find(request.model_name(), request.model_version()));
  return models->descriptions.Model(*model);
}

}  // namespace hypergan::server
