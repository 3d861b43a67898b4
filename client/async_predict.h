#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

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

// One prediction that nobody waits for: its requests, some at a time, by gRPC's
// callbacks, which hold it until its end.
class AsyncPredict : public std::enable_shared_from_this<AsyncPredict> {
 public:
  using OnPrediction = std::function<void(absl::StatusOr<Prediction>)>;

  // `done` is called once.
  AsyncPredict(Connection& connection, Query query, OnPrediction done);

  void Start();

  // Ends it with CANCELLED, unless it has ended. For any thread.
  void Cancel();

 private:
  // One request, and its present attempt.
  struct Sent {
    Sent(const Piece& rows, v1::PredictRequest message, Attempts tries)
        : piece(rows),
          request(std::move(message)),
          attempts(std::move(tries)) {}

    const Piece piece;
    const v1::PredictRequest request;
    v1::PredictResponse response;
    Attempts attempts;
    std::shared_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::Alarm> alarm;  // of the pause before it
  };

  // Each is called with the lock held, and the result is what to do next, once
  // it is released.
  using Step = std::function<void()>;
  Step Describe();
  Step OnDescribed(const absl::Status& status);
  Step SendMore();
  Step Send(const std::shared_ptr<Sent>& sent);
  Step Pause(const std::shared_ptr<Sent>& sent, absl::Duration pause);
  Step OnAnswer(const std::shared_ptr<Sent>& sent, const absl::Status& status);
  // The prediction has this result, unless it has one; it ends with the last
  // of its requests.
  Step End(absl::StatusOr<Prediction> result);
  Step Finish();
  void Forget(const std::shared_ptr<Sent>& sent);

  // Runs `step` under the lock, then what it returns.
  void Run(const std::function<Step()>& step);
  // A call's context, with the deadline and the token.
  absl::Status Renew(std::shared_ptr<grpc::ClientContext>& context,
                     absl::Time deadline);
  Attempts NewAttempts() const;
  void CancelRequests();

  Connection& connection_;  // waits for the end of this
  // Also what the thread sanitizer knows of the order between gRPC's threads.
  std::mutex mutex_;
  Query query_;  // until there are requests
  OnPrediction done_;
  bool is_cancelled_ = false;
  std::optional<absl::StatusOr<Prediction>> result_;
  bool is_ending_ = false;                        // cancels what is left
  std::shared_ptr<grpc::ClientContext> context_;  // of the model's description
  v1::GetModelRequest model_request_;
  v1::Model model_;
  std::optional<Requests> requests_;
  std::set<std::shared_ptr<Sent>> under_way_;  // those of requests_
};

}  // namespace hypergan::client
