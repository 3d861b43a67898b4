#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "inference/grpc_service.pb.h"
#include "server/rpc/calls/call_service.h"
#include "server/rpc/service_parts.h"

namespace hypergan::server::open_inference {

// The RPCs of inference.GRPCInferenceService, which answers with the same
// models and networks, and within the same bounds, as
// hypergan.v1.EnsembleService. Thread-safe; no exception leaves it.
class OpenInferenceService final : public CallService {
 public:
  // `version` is the program's.
  OpenInferenceService(const ServiceParts& parts, std::string version);

 private:
  template <typename Request, typename Response>
  void Add(const std::string& method, CallKind kind,
           absl::StatusOr<Response> (OpenInferenceService::*answer)(
               const Request&, const Caller&) const,
           Admission admission = Admission::kCaller);

  absl::StatusOr<inference::ServerLiveResponse> ServerLive(
      const inference::ServerLiveRequest& request, const Caller& caller) const;
  absl::StatusOr<inference::ServerReadyResponse> ServerReady(
      const inference::ServerReadyRequest& request, const Caller& caller) const;
  absl::StatusOr<inference::ModelReadyResponse> ModelReady(
      const inference::ModelReadyRequest& request, const Caller& caller) const;
  absl::StatusOr<inference::ServerMetadataResponse> ServerMetadata(
      const inference::ServerMetadataRequest& request,
      const Caller& caller) const;
  absl::StatusOr<inference::ModelMetadataResponse> ModelMetadata(
      const inference::ModelMetadataRequest& request,
      const Caller& caller) const;
  absl::StatusOr<inference::ModelConfigResponse> ModelConfig(
      const inference::ModelConfigRequest& request, const Caller& caller) const;
  absl::StatusOr<inference::ModelStatisticsResponse> ModelStatistics(
      const inference::ModelStatisticsRequest& request,
      const Caller& caller) const;

  const ServiceParts parts_;
  const std::string version_;
};

}  // namespace hypergan::server::open_inference
