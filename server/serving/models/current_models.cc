#include "server/serving/models/current_models.h"

#include <utility>

#include "absl/status/status.h"

namespace hypergan::server {

void CurrentModels::Serve(std::shared_ptr<const ModelTable> table) {
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
}

void CurrentModels::Drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
}

absl::StatusOr<std::shared_ptr<const ModelTable>> CurrentModels::Get() const {
  const std::lock_guard lock(mutex_);
  if (draining_) return absl::UnavailableError("the server is shutting down");
  if (table_ == nullptr) {
    return absl::UnavailableError("the server is starting");
  }
  return table_;
}

}  // namespace hypergan::server
