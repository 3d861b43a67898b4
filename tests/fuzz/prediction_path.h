#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "prometheus/registry.h"
#include "server/rpc/access.h"
#include "server/rpc/calls/open_calls.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/prediction_message.h"
#include "server/rpc/request_log.h"
#include "server/rpc/service_parts.h"
#include "server/serving/networks/network_supply.h"
#include "tests/fuzz/fuzz_input.h"

namespace hypergan::server {

// The way of a prediction through a server, without a network and with fake
// models: "classifier" (versions 1 and 2) and "regression" (version 7). The
// message is read, checked, run by the scheduler, and its answer encoded.
class PredictionPath {
 public:
  PredictionPath();

  // What the client is told about a message, or that it is none.
  absl::StatusOr<grpc::ByteBuffer> Answer(
      absl::StatusOr<std::unique_ptr<PredictionMessage>> message);

 private:
  void Add(ModelTable& table, const std::string& name, int64_t version,
           const Manifest& manifest);

  Limits limits_;
  const SystemClock clock_;
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  const Log log_ = [](std::string_view) {};
  NetworkSupply supply_;
  Scheduler scheduler_;
  OpenCalls calls_;
  const Access access_;
  const RequestLog request_log_;
  CurrentModels models_;
  const ServiceParts parts_;
};

// A status that some request may lead to.
bool IsForRequests(absl::StatusCode code);

// Ends the program for a status that none may lead to, and for an answer that
// is not one.
template <typename Response>
void CheckAnswer(const absl::StatusOr<grpc::ByteBuffer>& answer) {
  fuzz::Expect(answer.ok() ? FromBytes<Response>(*answer).ok()
                           : IsForRequests(answer.status().code()));
}

}  // namespace hypergan::server
