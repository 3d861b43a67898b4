#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"

// What a load is put on: the seam between the generator and a protocol.
namespace hypergan::load {

// What became of a request. An answer that does not hold together is an error
// too.
struct Reply {
  absl::Status status = absl::OkStatus();
  int64_t rows = 0;      // B
  int64_t networks = 0;  // N, as answered
  // What the server says of its own time.
  absl::Duration queue = absl::ZeroDuration();
  absl::Duration sampling = absl::ZeroDuration();
  absl::Duration prediction = absl::ZeroDuration();
};

// One request: made, sent once, answered. Only `done` comes from elsewhere; all
// else is called by one thread.
class Call {
 public:
  virtual ~Call() = default;

  // Returns at once. `done` is called exactly once, when the answer or its
  // error is there: from any thread, and maybe before Send returns. The call
  // may be destroyed as soon as `done` has been entered.
  virtual void Send(std::function<void()> done) = 0;

  // After Send: asks for an early end. `done` still follows.
  virtual void Cancel() = 0;

  // After `done`: reads the answer.
  virtual Reply Check() = 0;
};

class Target {
 public:
  virtual ~Target() = default;

  // Request number `index` >= 0, ready to be sent. For one thread at a time.
  virtual std::unique_ptr<Call> Prepare(int64_t index) = 0;
};

}  // namespace hypergan::load
