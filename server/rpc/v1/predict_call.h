#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/call.h"
#include "server/rpc/v1/ensemble_service.h"
#include "server/rpc/v1/question.h"

namespace hypergan::server {

// One Predict. Answered by the scheduler, or at once if it is refused.
class PredictCall final : public Call {
 public:
  // Borrows both.
  PredictCall(const EnsembleService& service,
              grpc::CallbackServerContext& context);

 private:
  void OnMessage() override;
  absl::Status Submit();
  void End(const absl::StatusOr<Answer>& answer);

  const EnsembleService& service_;
  std::optional<Question> question_;  // once its message is there
};

}  // namespace hypergan::server
