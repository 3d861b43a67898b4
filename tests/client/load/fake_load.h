#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "client/load/clock.h"
#include "client/load/target.h"

namespace hypergan::load {

// Time passes when the driver waits, and at once: to the next thing that is to
// happen. For one thread.
class FakeClock final : public Clock {
 public:
  absl::Duration Now() override { return now_; }
  void Wake() override { woken_ = true; }

  void WaitUntil(absl::Duration time) override {
    if (std::exchange(woken_, false)) return;
    const auto first = events_.begin();
    if (first == events_.end() || first->first > time) {
      now_ = std::max(now_, time);
      return;
    }
    now_ = std::max(now_, first->first);
    const std::function<void()> event = std::move(first->second);
    events_.erase(first);
    event();
  }

  void At(absl::Duration time, std::function<void()> event) {
    events_.emplace(time, std::move(event));
  }

 private:
  absl::Duration now_ = absl::Hours(1);
  bool woken_ = false;
  std::multimap<absl::Duration, std::function<void()>> events_;
};

// Answers as a test says, by a FakeClock.
class FakeTarget final : public Target {
 public:
  struct Answer {
    absl::Duration latency;
    Reply reply = {.status = absl::OkStatus(), .rows = 2, .networks = 5};
  };
  // Given the request's number and the time it was sent, since the beginning.
  using Script = std::function<Answer(int64_t index, absl::Duration sent)>;

  FakeTarget(FakeClock& clock, Script script)
      : clock_(clock), begin_(clock.Now()), script_(std::move(script)) {}

  std::unique_ptr<Call> Prepare(int64_t index) override {
    prepared.push_back(index);
    return std::make_unique<FakeCall>(*this, index);
  }

  std::vector<int64_t> prepared;
  std::vector<absl::Duration> sent;  // since the beginning
  int64_t in_flight = 0, most_in_flight = 0;

 private:
  struct State {
    Answer answer;
    std::function<void()> done;
    bool ended = false;
  };

  class FakeCall final : public Call {
   public:
    FakeCall(FakeTarget& target, int64_t index)
        : target_(target), index_(index), state_(std::make_shared<State>()) {}

    void Send(std::function<void()> done) override {
      const absl::Duration now = target_.clock_.Now();
      target_.sent.push_back(now - target_.begin_);
      state_->answer = target_.script_(index_, target_.sent.back());
      state_->done = std::move(done);
      target_.most_in_flight =
          std::max(target_.most_in_flight, ++target_.in_flight);
      EndAt(now + state_->answer.latency);
    }
    void Cancel() override {
      state_->answer.reply.status = absl::CancelledError("cancelled");
      EndAt(target_.clock_.Now());
    }
    Reply Check() override { return state_->answer.reply; }

   private:
    void EndAt(absl::Duration time) {
      target_.clock_.At(time, [&target = target_, state = state_] {
        if (std::exchange(state->ended, true)) return;
        --target.in_flight;
        state->done();
      });
    }

    FakeTarget& target_;
    const int64_t index_;
    const std::shared_ptr<State> state_;
  };

  FakeClock& clock_;
  const absl::Duration begin_;
  const Script script_;
};

}  // namespace hypergan::load
