#include "client/async_predict.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/connection/channel.h"
#include "client/wire.h"

namespace hypergan::client {
namespace {

absl::Status Cancelled() {
  return absl::CancelledError("the caller cancelled it");
}

}  // namespace

AsyncPredict::AsyncPredict(Connection& connection, Query query,
                           OnPrediction done)
    : connection_(connection),
      query_(std::move(query)),
      done_(std::move(done)) {
  model_request_.set_model_name(query_.model);
  model_request_.set_model_version(query_.model_version);
}

void AsyncPredict::Start() {
  connection_.running.Add(shared_from_this());
  Run([this]() -> Step {
    absl::Status status = CheckInputs(query_);
    if (!status.ok()) return Finish(std::move(status));
    const std::optional<Model> known =
        connection_.known.Find(query_.model, query_.model_version);
    if (MayBeCut(query_) && !known) return Describe();
    requests_.emplace(std::move(query_), known);
    return Send();
  });
}

void AsyncPredict::Cancel() {
  std::shared_ptr<grpc::ClientContext> context;
  {
    std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    if (alarm_ != nullptr) alarm_->Cancel();
    context = context_;
  }
  if (context != nullptr) context->TryCancel();  // may call back from here
}

void AsyncPredict::Run(const std::function<Step()>& step) {
  Step next;
  {
    std::lock_guard lock(mutex_);
    next = step();
  }
  next();
}

absl::Status AsyncPredict::Renew(absl::Time deadline) {
  context_ = std::make_shared<grpc::ClientContext>();
  if (is_cancelled_) return Cancelled();
  return SetUp(*context_, connection_.options, deadline - absl::Now());
}

Attempts AsyncPredict::NewAttempts() const {
  const ClientOptions& options = connection_.options;
  return Attempts(options.retry.max_attempts, absl::Now() + options.deadline);
}

AsyncPredict::Step AsyncPredict::Describe() {
  const absl::Status status = Renew(absl::Now() + connection_.options.deadline);
  if (!status.ok()) return Finish(status);
  return [self = shared_from_this()] {
    self->connection_.ensemble.async()->GetModel(
        self->context_.get(), &self->model_request_, &self->model_,
        [self](const grpc::Status& end) {
          self->Run([&] { return self->OnDescribed(ToAbslStatus(end)); });
        });
  };
}

AsyncPredict::Step AsyncPredict::OnDescribed(const absl::Status& status) {
  if (!status.ok()) return Finish(status);
  const Model model = FromMessage(model_);
  connection_.known.Keep(model_request_.model_name(),
                         model_request_.model_version(), model);
  requests_.emplace(std::move(query_), model);
  return Send();
}

AsyncPredict::Step AsyncPredict::Send() {
  if (!attempts_) attempts_.emplace(NewAttempts());
  const absl::Status status = Renew(attempts_->deadline());
  if (!status.ok()) return Finish(status);
  request_ = requests_->Next();
  response_.Clear();
  return [self = shared_from_this()] {
    self->connection_.ensemble.async()->Predict(
        self->context_.get(), &self->request_, &self->response_,
        [self](const grpc::Status& end) {
          self->Run([&] { return self->OnAnswer(ToAbslStatus(end)); });
        });
  };
}

AsyncPredict::Step AsyncPredict::OnAnswer(const absl::Status& status) {
  if (status.ok()) {
    attempts_.reset();
    const absl::Status taken = requests_->Take(response_);
    if (!taken.ok()) return Finish(taken);
    if (!requests_->done()) return Send();
    return Finish(requests_->Result());
  }
  if (is_cancelled_) return Finish(Cancelled());
  const std::optional<absl::Duration> pushback = PushbackOf(*context_);
  const auto pause = attempts_->PauseAfter(status, pushback, absl::Now());
  if (pause) return Pause(*pause);
  if (!pushback && requests_->MakeSmaller(status)) {
    attempts_.reset();
    return Send();
  }
  return Finish(status);
}

AsyncPredict::Step AsyncPredict::Pause(absl::Duration pause) {
  alarm_ = std::make_unique<grpc::Alarm>();
  return [self = shared_from_this(), pause] {
    // An alarm never calls back from here.
    std::lock_guard lock(self->mutex_);
    self->alarm_->Set(DeadlineIn(pause), [self](bool) {
      self->Run([&] { return self->Send(); });
    });
    // Cancel() may have come before there was anything to cancel.
    if (self->is_cancelled_) self->alarm_->Cancel();
  };
}

AsyncPredict::Step AsyncPredict::Finish(absl::StatusOr<Prediction> result) {
  if (!result.ok()) {
    connection_.known.Forget(model_request_.model_name(),
                             model_request_.model_version());
  }
  return [self = shared_from_this(), done = std::move(done_),
          result = std::move(result)]() mutable {
    done(std::move(result));
    {
      // A context holds the channel, whose last holder must not be this thread.
      std::lock_guard lock(self->mutex_);
      self->context_.reset();
    }
    self->connection_.running.Remove(self.get());
  };
}

}  // namespace hypergan::client
