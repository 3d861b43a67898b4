#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "client/connection/attempts.h"
#include "client/connection/connection.h"
#include "client/requests.h"
#include "grpcpp/client_context.h"
#include "hypergan/v1/ensemble.grpc.pb.h"

namespace hypergan::client {

// One request of a prediction, under way while its thread does other things.
// For one thread.
class SentRequest {
 public:
  // Sends it.
  SentRequest(Connection& connection, const Piece& piece,
              v1::PredictRequest request);
  // Cancels it, unless it has ended, and waits for its end.
  ~SentRequest();
  SentRequest(const SentRequest&) = delete;
  SentRequest& operator=(const SentRequest&) = delete;

  // Blocks as Connection::Call; further attempts begin here. Once.
  Connection::Ended Wait();

  const Piece& piece() const { return piece_; }
  const v1::PredictResponse& response() const { return response_; }

 private:
  void Send();
  void OnEnd(const absl::Status& status);
  absl::Status WaitForAttempt();

  Connection& connection_;
  const Piece piece_;
  const v1::PredictRequest request_;
  v1::PredictResponse response_;
  Attempts attempts_;
  std::unique_ptr<grpc::ClientContext> context_;  // of the present attempt
  // Also what the thread sanitizer knows of the order between gRPC's threads.
  std::mutex mutex_;
  std::condition_variable has_ended_;
  std::optional<absl::Status> end_;  // under mutex_; of the present attempt
};

}  // namespace hypergan::client
