#include "server/serving/flagged/flagged_requests.h"

#include <utility>

namespace hypergan::server {

void FlaggedRequests::Note(FlaggedRequest request) {
  const std::lock_guard lock(mutex_);
  requests_.push_front(std::move(request));
  if (requests_.size() > kKept) requests_.pop_back();
}

std::vector<FlaggedRequest> FlaggedRequests::Latest() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

}  // namespace hypergan::server
