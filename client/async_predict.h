#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection/attempts.h"
#include "client/connection/connection.h"
#include "client/prediction.h"
#include "client/query.h"
#include "client/requests.h"
#include "hypergan/v1/ensemble.pb.h"

namespace hypergan::client {

// One prediction that nobody waits for: its requests one after the other, by
// gRPC's callbacks, which hold it until its end.
class AsyncPredict : public std::enable_shared_from_this<AsyncPredict> {
 public:
  using OnPrediction = std::function<void(absl::StatusOr<Prediction>)>;

  // `done` is called once.
  AsyncPredict(Connection& connection, Query query, OnPrediction done);

  void Start();

  // Ends it with CANCELLED, unless it has ended. For any thread.
  void Cancel();

 private:
  // Each is called with the lock held, and the result is what to do next, once
  // it is released.
  using Step = std::function<void()>;
  Step Describe();
  Step Send();
  Step Pause(absl::Duration pause);
  Step OnDescribed(const absl::Status& status);
  Step OnAnswer(const absl::Status& status);
  Step Finish(absl::StatusOr<Prediction> result);

  // Runs `step` under the lock, then what it returns.
  void Run(const std::function<Step()>& step);
  // A call's context, with the deadline and the token.
  absl::Status Renew(absl::Time deadline);
  Attempts NewAttempts() const;

  Connection& connection_;  // waits for the end of this
  // Also what the thread sanitizer knows of the order between gRPC's threads.
  std::mutex mutex_;
  Query query_;  // until there are requests
  OnPrediction done_;
  bool is_cancelled_ = false;
  std::optional<Requests> requests_;
  std::optional<Attempts> attempts_;              // of the present request
  std::shared_ptr<grpc::ClientContext> context_;  // of the present call
  std::unique_ptr<grpc::Alarm> alarm_;            // of the present pause
  v1::GetModelRequest model_request_;
  v1::Model model_;
  v1::PredictRequest request_;
  v1::PredictResponse response_;
};

}  // namespace hypergan::client
