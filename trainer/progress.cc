#include "trainer/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace hypergan::trainer {

Progress::Progress(std::string label, int64_t total_steps, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(std::max<int64_t>(total_steps, 1)),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      start_(absl::Now()),
      drawn_(absl::InfinitePast()) {}

void Progress::Advance(double amount) {
  constexpr absl::Duration kRedraw = absl::Milliseconds(200);
  ++done_;
  amount_ += amount;
  const absl::Time now = absl::Now();
  if (!is_terminal_ || now - drawn_ < kRedraw) return;
  drawn_ = now;
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  const absl::Duration remaining = (now - start_) / share * (1 - share);
  std::fprintf(stderr, "\r\033[K%s",
               Line(label_, share, Rate(), unit_, remaining).c_str());
}

void Progress::Clear() {
  if (is_terminal_) std::fputs("\r\033[K", stderr);
}

double Progress::Rate() const {
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start_);
  return seconds > 0 ? amount_ / seconds : 0;
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
