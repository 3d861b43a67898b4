#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

namespace hypergan::client {

class AsyncPredict;

// The calls of a client that nobody waits for. gRPC's channel must not be
// destroyed by one of gRPC's own threads, so it has to outlive them all. Safe
// for any thread.
class RunningCalls {
 public:
  void Add(std::shared_ptr<AsyncPredict> call);
  // The last that `call` does.
  void Remove(const AsyncPredict* call);
  // Cancels all and returns when they have ended.
  void CancelAndWait();

 private:
  std::mutex mutex_;
  std::condition_variable removed_;
  std::map<const AsyncPredict*, std::shared_ptr<AsyncPredict>> calls_;
};

}  // namespace hypergan::client
