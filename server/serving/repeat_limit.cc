#include "server/serving/repeat_limit.h"

#include <utility>

namespace hypergan::server {

std::optional<int64_t> RepeatLimit::Pass(std::string_view kind,
                                         absl::Time now) {
  const std::lock_guard lock(mutex_);
  auto found = kinds_.find(kind);
  if (found == kinds_.end()) {
    if (kinds_.size() >= kMaxKinds) kind = "";
    found = kinds_.try_emplace(std::string(kind)).first;
  }
  Kind& counted = found->second;
  if (now - counted.since >= kPeriod || now < counted.since) {
    counted.since = now;
    counted.passed = 0;
  }
  if (counted.passed == kMost) {
    ++counted.left_out;
    return std::nullopt;
  }
  ++counted.passed;
  return std::exchange(counted.left_out, 0);
}

}  // namespace hypergan::server
