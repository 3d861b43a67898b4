#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace hypergan::server {

// How fast the worker works, and so when a client that is refused should come
// back. Not thread-safe.
class WorkPace {
 public:
  // What TimeFor says at least, and at most.
  static constexpr absl::Duration kLeast = absl::Milliseconds(100);
  static constexpr absl::Duration kMost = absl::Minutes(1);

  // A piece of so many rows x networks took that long.
  void Observe(int64_t row_networks, absl::Duration time);
  // Rows x networks that the worker has begun and not yet done.
  void SetAtWork(int64_t row_networks) { at_work_ = row_networks; }

  // How long so many waiting rows x networks will take, after those at work;
  // a second as long as nothing is known.
  absl::Duration TimeFor(double row_networks) const;

 private:
  // Of the latest pieces, the earlier the less.
  double row_networks_ = 0;
  absl::Duration time_;
  int64_t at_work_ = 0;
};

}  // namespace hypergan::server
