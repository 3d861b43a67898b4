#include "client/cli/terminal/bar.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/cli/terminal/text.h"

namespace hypergan::client {
namespace {

// The number of cells of `width` whose centre lies below `share`.
int CellsBelow(double share, int width) {
  if (!(share > 0)) return 0;
  return static_cast<int>(std::lround(std::min(share, 1.0) * width));
}

}  // namespace

std::string Bar(double mean, double deviation, int width, Style style) {
  const bool ascii = style == Style::kAscii;
  const int solid = CellsBelow(mean - deviation, width);
  const int half = CellsBelow(mean, width);
  const int end = CellsBelow(mean + deviation, width);
  const std::string cells = absl::StrCat(
      Repeat(ascii ? "#" : "█", solid), Repeat(ascii ? "=" : "▓", half - solid),
      Repeat(ascii ? "-" : "░", end - half));
  return absl::StrCat(Paint(cells, kBlue, style), Repeat(" ", width - end));
}

std::string Whisker(double mean, double deviation, double low, double high,
                    int width, Style style) {
  if (!(high > low) || width < 1) return Repeat(" ", width);
  const auto cell = [&](double value) {
    const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return static_cast<int>(std::lround(share * (width - 1)));
  };
  const int begin = cell(mean - deviation);
  const int middle = cell(mean);
  const int end = cell(mean + deviation);
  const bool ascii = style == Style::kAscii;
  const absl::string_view line = ascii ? "-" : "─";
  const std::string cells =
      absl::StrCat(Repeat(line, middle - begin), ascii ? "o" : "●",
                   Repeat(line, end - middle));
  return absl::StrCat(Repeat(" ", begin), Paint(cells, kBlue, style),
                      Repeat(" ", width - 1 - end));
}

}  // namespace hypergan::client
