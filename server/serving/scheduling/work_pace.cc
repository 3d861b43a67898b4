#include "server/serving/scheduling/work_pace.h"

#include <algorithm>

namespace hypergan::server {
namespace {

// What a piece still counts for when the next one has been done.
constexpr double kMemory = 0.9;
constexpr absl::Duration kUnknown = absl::Seconds(1);

}  // namespace

void WorkPace::Observe(int64_t row_networks, absl::Duration time) {
  row_networks_ = kMemory * row_networks_ + static_cast<double>(row_networks);
  time_ = kMemory * time_ + time;
}

absl::Duration WorkPace::TimeFor(double row_networks) const {
  if (row_networks_ <= 0) return kUnknown;
  const double work = row_networks + static_cast<double>(at_work_);
  return std::clamp(time_ * (work / row_networks_), kLeast, kMost);
}

}  // namespace hypergan::server
