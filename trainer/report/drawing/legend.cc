#include "trainer/report/drawing/legend.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/palette.h"

namespace hypergan::trainer::report {
namespace {

constexpr double kSample = 28, kGap = 6, kBetween = 16, kRow = 18;
// Of a character: fonts differ, so room for a wide one.
constexpr double kCharacter = 6.9;

double Width(const LegendEntry& entry) {
  return kSample + kGap + kCharacter * static_cast<double>(entry.name.size());
}

}  // namespace

Legend::Legend(std::vector<LegendEntry> entries, double width) {
  double x = 0;
  for (LegendEntry& entry : entries) {
    const double wanted = Width(entry);
    if (rows_ == 0 || (x > 0 && x + wanted > width)) {
      ++rows_;
      x = 0;
    }
    placed_.push_back({std::move(entry), x, rows_ - 1});
    x += wanted + kBetween;
  }
}

double Legend::height() const { return rows_ * kRow; }

std::string Legend::Svg(double left, double top) const {
  std::string svg;
  for (const Placed& placed : placed_) {
    const LegendEntry& entry = placed.entry;
    const double x = left + placed.x;
    const double y = top + kRow * (placed.row + 0.5);
    if (entry.joined) {
      absl::StrAppendFormat(&svg,
                            "<path d=\"M%.1f %.1fh%g\" class=\"s%s\" "
                            "stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n",
                            x, y, kSample, ColourName(entry.style),
                            Dashes(entry.style));
    }
    if (entry.dots) {
      absl::StrAppendFormat(&svg,
                            "<rect x=\"%.1f\" y=\"%.1f\" width=\"6\" "
                            "height=\"6\" rx=\"3\" class=\"f%s\"/>\n",
                            x + kSample / 2 - 3, y - 3,
                            ColourName(entry.style));
    }
    absl::StrAppendFormat(
        &svg, "<text x=\"%.1f\" y=\"%.1f\" class=\"fink\">%s</text>\n",
        x + kSample + kGap, y + 4, EscapeXml(entry.name));
  }
  return svg;
}

}  // namespace hypergan::trainer::report
