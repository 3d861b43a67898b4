#include "client/async_predict.h"

#include <utility>
#include <vector>

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
    if (!status.ok()) return End(std::move(status));
    const std::optional<Model> known =
        connection_.known.Find(query_.model, query_.model_version);
    if (MayBeCut(query_) && !known) return Describe();
    requests_.emplace(std::move(query_), known);
    return SendMore();
  });
}

void AsyncPredict::Cancel() {
  std::shared_ptr<grpc::ClientContext> context;
  {
    std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    context = context_;
  }
  if (context != nullptr) context->TryCancel();  // may call back from here
  CancelRequests();
}

void AsyncPredict::CancelRequests() {
  std::vector<std::shared_ptr<grpc::ClientContext>> contexts;
  {
    std::lock_guard lock(mutex_);
    for (const auto& sent : under_way_) {
      if (sent->alarm != nullptr) sent->alarm->Cancel();
      contexts.push_back(sent->context);
    }
  }
  for (const auto& context : contexts) context->TryCancel();  // as above
}

void AsyncPredict::Run(const std::function<Step()>& step) {
  Step next;
  {
    std::lock_guard lock(mutex_);
    next = step();
  }
  next();
}

absl::Status AsyncPredict::Renew(std::shared_ptr<grpc::ClientContext>& context,
                                 absl::Time deadline) {
  context = std::make_shared<grpc::ClientContext>();
  if (is_cancelled_ || result_) return Cancelled();
  return SetUp(*context, connection_.options, deadline - absl::Now());
}

Attempts AsyncPredict::NewAttempts() const {
  const ClientOptions& options = connection_.options;
  return Attempts(options.retry.max_attempts, absl::Now() + options.deadline);
}

AsyncPredict::Step AsyncPredict::Describe() {
  const absl::Status status =
      Renew(context_, absl::Now() + connection_.options.deadline);
  if (!status.ok()) return End(status);
  return [self = shared_from_this()] {
    self->connection_.ensemble.async()->GetModel(
        self->context_.get(), &self->model_request_, &self->model_,
        [self](const grpc::Status& end) {
          self->Run([&] { return self->OnDescribed(ToAbslStatus(end)); });
        });
  };
}

AsyncPredict::Step AsyncPredict::OnDescribed(const absl::Status& status) {
  if (!status.ok()) return End(status);
  const Model model = FromMessage(model_);
  connection_.known.Keep(model_request_.model_name(),
                         model_request_.model_version(), model);
  requests_.emplace(std::move(query_), model);
  return SendMore();
}

AsyncPredict::Step AsyncPredict::SendMore() {
  std::vector<Step> steps;
  while (!result_) {
    const std::optional<Piece> piece = requests_->Next();
    if (!piece) break;
    const auto sent = std::make_shared<Sent>(
        *piece, requests_->RequestOf(*piece), NewAttempts());
    under_way_.insert(sent);
    steps.push_back(Send(sent));
  }
  return [steps = std::move(steps)] {
    for (const Step& step : steps) step();
  };
}

AsyncPredict::Step AsyncPredict::Send(const std::shared_ptr<Sent>& sent) {
  const absl::Status status = Renew(sent->context, sent->attempts.deadline());
  if (!status.ok()) {
    Forget(sent);
    return End(status);
  }
  sent->response.Clear();
  return [self = shared_from_this(), sent] {
    self->connection_.ensemble.async()->Predict(
        sent->context.get(), &sent->request, &sent->response,
        [self, sent](const grpc::Status& end) {
          self->Run([&] { return self->OnAnswer(sent, ToAbslStatus(end)); });
        });
  };
}

AsyncPredict::Step AsyncPredict::OnAnswer(const std::shared_ptr<Sent>& sent,
                                          const absl::Status& status) {
  if (!status.ok() && !is_cancelled_ && !result_) {
    const std::optional<absl::Duration> pushback = PushbackOf(*sent->context);
    const auto pause = sent->attempts.PauseAfter(status, pushback, absl::Now());
    if (pause) return Pause(sent, *pause);
    if (!pushback && requests_->MakeSmaller(sent->piece, status)) {
      Forget(sent);
      return SendMore();
    }
  }
  Forget(sent);
  if (!status.ok()) return End(is_cancelled_ ? Cancelled() : status);
  const absl::Status taken = requests_->Take(sent->piece, sent->response);
  if (!taken.ok()) return End(taken);
  if (requests_->done()) return End(requests_->Result());
  return result_ ? End(Cancelled()) : SendMore();
}

AsyncPredict::Step AsyncPredict::Pause(const std::shared_ptr<Sent>& sent,
                                       absl::Duration pause) {
  sent->alarm = std::make_unique<grpc::Alarm>();
  return [self = shared_from_this(), sent, pause] {
    // An alarm never calls back from here.
    std::lock_guard lock(self->mutex_);
    sent->alarm->Set(DeadlineIn(pause), [self, sent](bool) {
      self->Run([&] { return self->Send(sent); });
    });
    // Its end may have come before there was anything to cancel.
    if (self->is_cancelled_ || self->result_) sent->alarm->Cancel();
  };
}

AsyncPredict::Step AsyncPredict::End(absl::StatusOr<Prediction> result) {
  if (!result_) {
    result_ = std::move(result);
    if (!result_->ok()) {
      connection_.known.Forget(model_request_.model_name(),
                               model_request_.model_version());
    }
  }
  if (is_ending_) return [] {};
  if (under_way_.empty()) return Finish();
  // The contexts that are cancelled hold the channel: see Finish.
  is_ending_ = true;
  return [self = shared_from_this()] {
    self->CancelRequests();
    self->Run([&]() -> Step {
      self->is_ending_ = false;
      if (self->under_way_.empty()) return self->Finish();
      return [] {};
    });
  };
}

void AsyncPredict::Forget(const std::shared_ptr<Sent>& sent) {
  under_way_.erase(sent);
  sent->context.reset();
  sent->alarm.reset();
}

AsyncPredict::Step AsyncPredict::Finish() {
  return [self = shared_from_this(), done = std::move(done_)] {
    done(*std::move(self->result_));
    {
      // A context holds the channel, whose last holder must not be this thread.
      std::lock_guard lock(self->mutex_);
      self->context_.reset();
    }
    self->connection_.running.Remove(self.get());
  };
}

}  // namespace hypergan::client
