#pragma once

#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {

// The models that requests are answered with now, for every protocol alike.
// Thread-safe.
class CurrentModels {
 public:
  // From now on requests are answered with these.
  void Serve(std::shared_ptr<const ModelTable> table);
  // From now on no request is taken.
  void Drain();

  // UNAVAILABLE before Serve and after Drain. Who holds the table may use it
  // for as long as it likes.
  absl::StatusOr<std::shared_ptr<const ModelTable>> Get() const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const ModelTable> table_;
  bool draining_ = false;
};

}  // namespace hypergan::server
