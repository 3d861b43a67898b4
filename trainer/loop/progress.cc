#include "trainer/loop/progress.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace hypergan::trainer {

Progress::Output Progress::StandardError() {
  return {std::cerr, isatty(STDERR_FILENO) == 1, absl::Now};
}

Progress::Progress(std::string label, int64_t total_steps, std::string unit,
                   Output output)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(std::max<int64_t>(total_steps, 1)),
      output_(std::move(output)),
      start_(output_.now()),
      shown_(output_.is_terminal ? absl::InfinitePast() : start_) {}

void Progress::Advance(double amount) {
  ++done_;
  amount_ += amount;
  const absl::Time now = output_.now();
  if (now - shown_ < Interval(now)) return;
  shown_ = now;
  const absl::Duration elapsed = now - start_;
  const double seconds = absl::ToDoubleSeconds(elapsed);
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  output_.stream << (output_.is_terminal ? "\r\033[K" : "")
                 << Line(label_, share, seconds > 0 ? amount_ / seconds : 0,
                         unit_, elapsed / share * (1 - share))
                 << (output_.is_terminal ? "" : "\n") << std::flush;
}

absl::Duration Progress::Interval(absl::Time now) const {
  if (output_.is_terminal) return absl::Milliseconds(200);
  return now - start_ <= absl::Minutes(10) ? absl::Seconds(10)
                                           : absl::Minutes(1);
}

void Progress::Clear() {
  if (output_.is_terminal) output_.stream << "\r\033[K" << std::flush;
}

std::string Progress::Line(const std::string& label, double share, double rate,
                           const std::string& unit, absl::Duration remaining) {
  constexpr int kWidth = 24;
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * kWidth);
  std::string bar;
  for (int i = 0; i < kWidth; ++i)
    absl::StrAppend(&bar, i < filled ? "#" : ".");
  const auto seconds = absl::ToInt64Seconds(remaining);
  return absl::StrFormat("%s [%s] %3.0f %%  %.0f %s/s  %d:%02d left", label,
                         bar, 100 * share, rate, unit, seconds / 60,
                         seconds % 60);
}

}  // namespace hypergan::trainer
