#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "inference/grpc_service.pb.h"
#include "server/rpc/open_inference/outputs.h"
#include "server/rpc/prediction_message.h"

namespace hypergan::server::open_inference {

// The one input of every model.
inline constexpr char kInputName[] = "input";
inline constexpr Datatype kInputDatatype = Datatype::kFp32;

// A ModelInferRequest and its ModelInferResponse.
class InferMessage final : public PredictionMessage {
 public:
  static absl::StatusOr<std::unique_ptr<PredictionMessage>> Of(
      const grpc::ByteBuffer& bytes);

  explicit InferMessage(inference::ModelInferRequest request);

  const std::string& model_name() const override;
  const std::string& model_version() const override;
  absl::string_view id() const override;
  int64_t bytes() const override;
  absl::StatusOr<Query> Read(const ServedModel& model) override;
  absl::StatusOr<std::vector<float>> Inputs(int64_t count) override;
  absl::StatusOr<grpc::ByteBuffer> Encode(const ServedModel& model,
                                          const Reply& reply) override;

 private:
  absl::Status CheckInputs() const;
  absl::Status ReadOutputs(const Manifest& manifest);

  const inference::ModelInferRequest request_;
  std::vector<const Output*> wanted_;
};

}  // namespace hypergan::server::open_inference
