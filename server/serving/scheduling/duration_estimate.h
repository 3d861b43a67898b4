#pragma once

#include "absl/time/time.h"

namespace hypergan::server {

// How long the next of a kind of events will take, by those before it: their
// mean and their mean deviation from it, in which the latest weigh most, as TCP
// reckons its round trips (RFC 6298).
class DurationEstimate {
 public:
  void Observe(absl::Duration duration) {
    if (empty_) {
      empty_ = false;
      mean_ = duration;
      deviation_ = duration / 2;
      return;
    }
    deviation_ += (absl::AbsDuration(duration - mean_) - deviation_) / 4;
    mean_ += (duration - mean_) / 8;
  }

  // What the next one will seldom exceed; zero as long as nothing is known.
  absl::Duration Upper() const { return mean_ + 4 * deviation_; }

 private:
  bool empty_ = true;
  absl::Duration mean_;
  absl::Duration deviation_;
};

}  // namespace hypergan::server
