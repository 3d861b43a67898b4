#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/rpc/prediction_message.h"
#include "server/rpc/v1/prediction_codec.h"

namespace hypergan::server {

// A PredictRequest, of Predict and of PredictStream, and its PredictResponses.
class PredictMessage final : public PredictionMessage {
 public:
  static absl::StatusOr<std::unique_ptr<PredictionMessage>> Of(
      const grpc::ByteBuffer& bytes);

  explicit PredictMessage(v1::PredictRequest request);

  const std::string& model_name() const override;
  const std::string& model_version() const override;
  int64_t bytes() const override;
  absl::StatusOr<Query> Read(const ServedModel& model) override;
  absl::StatusOr<std::vector<float>> Inputs(int64_t count) override;
  absl::StatusOr<grpc::ByteBuffer> Encode(const ServedModel& model,
                                          const Reply& reply) override;

 private:
  const v1::PredictRequest request_;
  WantedOutputs wanted_;
};

}  // namespace hypergan::server
