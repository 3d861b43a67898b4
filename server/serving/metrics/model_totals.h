#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace hypergan::server {

// How often something took place, and how long it took in all.
struct Total {
  int64_t count = 0;
  absl::Duration time;

  // A time that is not finite counts for nothing.
  void Add(absl::Duration duration) {
    if (duration == absl::InfiniteDuration() ||
        duration == -absl::InfiniteDuration()) {
      return;
    }
    ++count;
    time += duration;
  }
};

// What the requests to one version came to since the start, for protocols that
// tell it themselves. The histograms say more.
struct ModelTotals {
  Total answered;  // from arrival to answer
  Total failed;    // the same of requests that got an error
  Total queued;    // waiting for the worker
  Total drawing;   // noise and weight sets
  Total asking;    // outputs and scores
  int64_t rows = 0;
  int64_t batches = 0;
  absl::Time last_answer = absl::InfinitePast();  // none yet
};

}  // namespace hypergan::server
