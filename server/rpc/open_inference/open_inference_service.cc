#include "server/rpc/open_inference/open_inference_service.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/rpc/calls/predict_call.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/open_inference/infer_message.h"
#include "server/rpc/open_inference/model_description.h"
#include "server/rpc/open_inference/model_statistics.h"

namespace hypergan::server::open_inference {

OpenInferenceService::OpenInferenceService(const ServiceParts& parts,
                                           std::string version)
    : CallService("inference.GRPCInferenceService", parts.calls, parts.access,
                  &parts.log),
      parts_(parts),
      version_(std::move(version)) {
  using Self = OpenInferenceService;
  Add("ServerLive", CallKind::kHealthCheck, &Self::ServerLive,
      Admission::kProbe);
  Add("ServerReady", CallKind::kHealthCheck, &Self::ServerReady,
      Admission::kProbe);
  Add("ModelReady", CallKind::kHealthCheck, &Self::ModelReady);
  Add("ServerMetadata", CallKind::kDescription, &Self::ServerMetadata);
  Add("ModelMetadata", CallKind::kDescription, &Self::ModelMetadata);
  Add("ModelConfig", CallKind::kDescription, &Self::ModelConfig);
  Add("ModelStatistics", CallKind::kDescription, &Self::ModelStatistics);
  AddCalls("ModelInfer", [this](Arrival arrival) {
    return std::make_unique<PredictCall>(parts_, std::move(arrival),
                                         InferMessage::Of);
  });
}

template <typename Request, typename Response>
void OpenInferenceService::Add(
    const std::string& method, CallKind kind,
    absl::StatusOr<Response> (OpenInferenceService::*answer)(const Request&,
                                                             const Caller&)
        const,
    Admission admission) {
  AddLookUp(
      method, kind,
      [this, answer](const grpc::ByteBuffer& message,
                     const Caller& caller) -> absl::StatusOr<grpc::ByteBuffer> {
        HG_ASSIGN_OR_RETURN(const Request request, FromBytes<Request>(message));
        HG_ASSIGN_OR_RETURN(const Response response,
                            (this->*answer)(request, caller));
        HG_ASSIGN_OR_RETURN(auto bytes, ToBytes(response));
        HG_RETURN_IF_ERROR(
            CheckResponseBytes(bytes, parts_.limits.max_response_bytes));
        return bytes;
      },
      admission);
}

absl::StatusOr<inference::ServerLiveResponse> OpenInferenceService::ServerLive(
    const inference::ServerLiveRequest& /*request*/,
    const Caller& /*caller*/) const {
  inference::ServerLiveResponse response;
  response.set_live(true);
  return response;
}

absl::StatusOr<inference::ServerReadyResponse>
OpenInferenceService::ServerReady(
    const inference::ServerReadyRequest& /*request*/,
    const Caller& /*caller*/) const {
  inference::ServerReadyResponse response;
  response.set_ready(parts_.models.Get().ok());
  return response;
}

absl::StatusOr<inference::ModelReadyResponse> OpenInferenceService::ModelReady(
    const inference::ModelReadyRequest& request, const Caller& caller) const {
  HG_RETURN_IF_ERROR(CheckMayAsk(caller, request.name()));
  const auto table = parts_.models.Get();
  inference::ModelReadyResponse response;
  response.set_ready(table.ok() &&
                     (*table)->Find(request.name(), request.version()).ok());
  return response;
}

absl::StatusOr<inference::ServerMetadataResponse>
OpenInferenceService::ServerMetadata(
    const inference::ServerMetadataRequest& /*request*/,
    const Caller& /*caller*/) const {
  inference::ServerMetadataResponse response;
  response.set_name("hypergan-server");
  response.set_version(version_);
  response.add_extensions("model_configuration");
  response.add_extensions("statistics");
  return response;
}

absl::StatusOr<inference::ModelMetadataResponse>
OpenInferenceService::ModelMetadata(
    const inference::ModelMetadataRequest& request,
    const Caller& caller) const {
  HG_ASSIGN_OR_RETURN(const auto table, parts_.models.Get());
  HG_ASSIGN_OR_RETURN(
      const ServedModel* model,
      FindFor(caller, *table, request.name(), request.version()));
  inference::ModelMetadataResponse response = DescribeModel(*model);
  for (const ServedModel* other : table->All()) {
    if (other->name != model->name) continue;
    response.add_versions(absl::StrCat(other->version));
  }
  return response;
}

absl::StatusOr<inference::ModelConfigResponse>
OpenInferenceService::ModelConfig(const inference::ModelConfigRequest& request,
                                  const Caller& caller) const {
  HG_ASSIGN_OR_RETURN(const auto table, parts_.models.Get());
  HG_ASSIGN_OR_RETURN(
      const ServedModel* model,
      FindFor(caller, *table, request.name(), request.version()));
  inference::ModelConfigResponse response;
  *response.mutable_config() = ConfigureModel(*model, parts_.limits);
  return response;
}

absl::StatusOr<inference::ModelStatisticsResponse>
OpenInferenceService::ModelStatistics(
    const inference::ModelStatisticsRequest& request,
    const Caller& caller) const {
  HG_ASSIGN_OR_RETURN(const auto table, parts_.models.Get());
  if (!request.name().empty()) {
    HG_RETURN_IF_ERROR(
        FindFor(caller, *table, request.name(), request.version()).status());
  }
  inference::ModelStatisticsResponse response;
  for (const ServedModel* model : table->All()) {
    const bool named = request.name().empty() ? caller.MayAsk(model->name)
                                              : model->name == request.name();
    const bool meant = request.version().empty() ||
                       absl::StrCat(model->version) == request.version();
    if (named && meant) *response.add_model_stats() = StatisticsOf(*model);
  }
  return response;
}

}  // namespace hypergan::server::open_inference
