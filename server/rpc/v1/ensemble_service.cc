#include "server/rpc/v1/ensemble_service.h"

#include <utility>

#include "base/status_macros.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/rpc/calls/predict_call.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/v1/predict_message.h"
#include "server/rpc/v1/predict_stream_call.h"

namespace hypergan::server {

EnsembleService::EnsembleService(const ServiceParts& parts)
    : CallService("hypergan.v1.EnsembleService", parts.calls, parts.access,
                  &parts.log),
      parts_(parts) {
  AddCalls("Predict", [this](Arrival arrival) {
    return std::make_unique<PredictCall>(parts_, std::move(arrival),
                                         PredictMessage::Of);
  });
  AddCalls("PredictStream", [this](Arrival arrival) {
    return std::make_unique<PredictStreamCall>(parts_, std::move(arrival));
  });
  AddLookUp("ListModels", CallKind::kDescription,
            [this](const grpc::ByteBuffer& message, const Caller& caller) {
              return ListModels(message, caller);
            });
  AddLookUp("GetModel", CallKind::kDescription,
            [this](const grpc::ByteBuffer& message, const Caller& caller) {
              return GetModel(message, caller);
            });
}

absl::StatusOr<EnsembleService::Described> EnsembleService::Describe() {
  HG_ASSIGN_OR_RETURN(auto table, parts_.models.Get());
  // Whoever comes meanwhile would only do the same.
  const std::lock_guard lock(mutex_);
  if (descriptions_ == nullptr || described_.lock() != table) {
    HG_ASSIGN_OR_RETURN(auto descriptions,
                        Descriptions::Of(*table, parts_.limits));
    descriptions_ =
        std::make_shared<const Descriptions>(std::move(descriptions));
    described_ = table;
  }
  return Described{std::move(table), descriptions_};
}

absl::StatusOr<grpc::ByteBuffer> EnsembleService::ListModels(
    const grpc::ByteBuffer& message, const Caller& caller) {
  HG_RETURN_IF_ERROR(FromBytes<v1::ListModelsRequest>(message).status());
  HG_ASSIGN_OR_RETURN(const auto described, Describe());
  return described.descriptions->List(caller);
}

absl::StatusOr<grpc::ByteBuffer> EnsembleService::GetModel(
    const grpc::ByteBuffer& message, const Caller& caller) {
  HG_ASSIGN_OR_RETURN(const v1::GetModelRequest request,
                      FromBytes<v1::GetModelRequest>(message));
  HG_ASSIGN_OR_RETURN(const auto described, Describe());
  HG_ASSIGN_OR_RETURN(const ServedModel* model,
                      FindFor(caller, *described.table, request.model_name(),
                              request.model_version()));
  return described.descriptions->Model(*model);
}

}  // namespace hypergan::server
