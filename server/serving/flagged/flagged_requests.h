#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace hypergan::server {

// A request with rows out of distribution: what it was called, never what it
// asked.
struct FlaggedRequest {
  absl::Time time = {};  // of day
  std::string model = {};
  int64_t version = 0;
  std::string id = {};  // the request's, of at most CallTrace::kMaxIdBytes
  int64_t rows = 0;
  int64_t flagged_rows = 0;
  double highest_score = 0;  // ood_score
};

// The last of them. Thread-safe.
class FlaggedRequests {
 public:
  static constexpr size_t kKept = 32;

  void Note(FlaggedRequest request);
  // The newest first.
  std::vector<FlaggedRequest> Latest() const;

 private:
  mutable std::mutex mutex_;
  std::deque<FlaggedRequest> requests_;  // the newest first
};

}  // namespace hypergan::server
