#include "server/rpc/open_calls.h"

#include <algorithm>

namespace hypergan::server {

OpenCalls::Call::Call(OpenCalls& calls) : calls_(calls) {
  const std::lock_guard lock(calls_.mutex_);
  ++calls_.calls_;
}

OpenCalls::Call::~Call() {
  const std::lock_guard lock(calls_.mutex_);
  if (--calls_.calls_ == 0) calls_.became_none_.notify_all();
}

bool OpenCalls::WaitUntilNone(absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  const auto bounded =
      std::clamp(timeout, absl::ZeroDuration(), absl::Hours(24));
  return became_none_.wait_for(lock, absl::ToChronoMilliseconds(bounded),
                               [this] { return calls_ == 0; });
}

}  // namespace hypergan::server
