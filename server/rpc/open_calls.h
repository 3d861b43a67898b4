#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/time/time.h"

namespace hypergan::server {

// Counts calls until gRPC has sent their last byte, which may be long after
// they were answered: a large answer waits for a slow client. Thread-safe.
class OpenCalls {
 public:
  // One of them, for as long as it lives.
  class Call {
   public:
    explicit Call(OpenCalls& calls);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    OpenCalls& calls_;
  };

  // Waits, a day at most, for none to be left; true when none is.
  bool WaitUntilNone(absl::Duration timeout);

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable became_none_;
  int64_t calls_ = 0;
};

}  // namespace hypergan::server
