#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call.h"
#include "server/rpc/prediction_message.h"
#include "server/rpc/question.h"
#include "server/rpc/service_parts.h"

namespace hypergan::server {

// One prediction that is answered once. Answered by the scheduler, or at once
// if it is refused.
class PredictCall final : public Call {
 public:
  // Makes a protocol's message of bytes. UNIMPLEMENTED for bytes that are none.
  using ReadMessage =
      std::function<absl::StatusOr<std::unique_ptr<PredictionMessage>>(
          const grpc::ByteBuffer& bytes)>;

  // Borrows the parts.
  PredictCall(const ServiceParts& parts, Arrival arrival,
              ReadMessage read_message);

 private:
  void OnMessage() override;
  absl::Status Submit();
  void End(const absl::StatusOr<Answer>& answer);

  const ServiceParts& parts_;
  const ReadMessage read_message_;
  std::optional<Question> question_;  // once its message is there
};

}  // namespace hypergan::server
