#include "client/cli/terminal/histogram.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"

namespace hypergan::client {
namespace {

constexpr absl::string_view kAsciiLevels[] = {" ", ".", ":", "-", "=",
                                              "+", "*", "#", "@"};
constexpr absl::string_view kBlockLevels[] = {" ", "▁", "▂", "▃", "▄",
                                              "▅", "▆", "▇", "█"};
constexpr int kLevels = 8;

std::vector<int> Count(absl::Span<const double> values, double low, double high,
                       int bins) {
  std::vector<int> counts(bins);
  for (double value : values) {
    if (std::isnan(value)) continue;
    const double share =
        high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0;
    ++counts[std::min(bins - 1, static_cast<int>(share * bins))];
  }
  return counts;
}

}  // namespace

std::string Histogram(absl::Span<const double> values, double low, double high,
                      int width, Style style) {
  if (width < 1) return "";
  const std::vector<int> counts = Count(values, low, high, width);
  const int fullest =
      std::max(1, *std::max_element(counts.begin(), counts.end()));
  std::string line;
  for (int count : counts) {
    // Rounded up: a bin with anything in it must show.
    const int level = (count * kLevels + fullest - 1) / fullest;
    absl::StrAppend(&line, style == Style::kAscii ? kAsciiLevels[level]
                                                  : kBlockLevels[level]);
  }
  return line;
}

}  // namespace hypergan::client
