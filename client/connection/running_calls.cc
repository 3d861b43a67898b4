#include "client/connection/running_calls.h"

#include <utility>
#include <vector>

#include "client/async_predict.h"

namespace hypergan::client {

void RunningCalls::Add(std::shared_ptr<AsyncPredict> call) {
  std::lock_guard lock(mutex_);
  const AsyncPredict* key = call.get();
  calls_.emplace(key, std::move(call));
}

void RunningCalls::Remove(const AsyncPredict* call) {
  std::lock_guard lock(mutex_);
  calls_.erase(call);
  removed_.notify_all();
}

void RunningCalls::CancelAndWait() {
  std::vector<std::shared_ptr<AsyncPredict>> calls;
  std::unique_lock lock(mutex_);
  for (const auto& [key, call] : calls_) calls.push_back(call);
  lock.unlock();
  for (const auto& call : calls) call->Cancel();
  calls.clear();
  lock.lock();
  removed_.wait(lock, [this] { return calls_.empty(); });
}

}  // namespace hypergan::client
