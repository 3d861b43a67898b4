#include "client/sent_request.h"

#include <utility>

#include "client/connection/channel.h"
#include "client/wire.h"

namespace hypergan::client {

SentRequest::SentRequest(Connection& connection, const Piece& piece,
                         v1::PredictRequest request)
    : connection_(connection),
      piece_(piece),
      request_(std::move(request)),
      attempts_(connection.NewAttempts()) {
  Send();
}

SentRequest::~SentRequest() {
  context_->TryCancel();
  WaitForAttempt().IgnoreError();
}

void SentRequest::Send() {
  context_ = std::make_unique<grpc::ClientContext>();
  {
    std::lock_guard lock(mutex_);
    end_.reset();
  }
  const absl::Status ready =
      SetUp(*context_, connection_.options,
            attempts_.deadline() - connection_.options.clock->Now());
  if (!ready.ok()) return OnEnd(ready);
  response_.Clear();
  connection_.ensemble.async()->Predict(
      context_.get(), &request_, &response_,
      [this](const grpc::Status& end) { OnEnd(ToAbslStatus(end)); });
}

void SentRequest::OnEnd(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  end_ = status;
  has_ended_.notify_all();  // locked: the one that waits may destroy this
}

absl::Status SentRequest::WaitForAttempt() {
  std::unique_lock lock(mutex_);
  has_ended_.wait(lock, [this] { return end_.has_value(); });
  return *end_;
}

Connection::Ended SentRequest::Wait() {
  Clock& clock = *connection_.options.clock;
  while (true) {
    Connection::Ended ended{WaitForAttempt(), std::nullopt};
    ended.pushback = PushbackOf(*context_);
    const auto pause =
        attempts_.PauseAfter(ended.status, ended.pushback, clock.Now());
    if (!pause) return ended;
    clock.Sleep(*pause);
    Send();
  }
}

}  // namespace hypergan::client
