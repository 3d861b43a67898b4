#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "trainer/report/drawing/regression_plot.h"

namespace hypergan::trainer {
namespace {

constexpr char kWideBand[] = "░", kNarrowBand[] = "▒", kMean[] = "█",
               kTruth[] = "·", kObservation[] = "o";

// Characters, each of one column, over the plot's axes.
class Canvas {
 public:
  Canvas(double least_x, double most_x, double least_y, double most_y,
         int columns, int rows)
      : least_x_(least_x),
        most_x_(most_x),
        least_y_(least_y),
        most_y_(most_y),
        columns_(columns),
        rows_(rows),
        cells_(static_cast<size_t>(columns) * rows, " ") {}

  int columns() const { return columns_; }
  double XOf(int column) const {
    return least_x_ + (most_x_ - least_x_) * column / (columns_ - 1);
  }

  void Put(double x, double y, const char* character) {
    const std::optional<int> column = Place(x, least_x_, most_x_, columns_);
    if (column) Fill(*column, y, y, character);
  }

  // From one y to another, as far as they are in the drawing.
  void Fill(int column, double from, double to, const char* character) {
    if (!std::isfinite(from) || !std::isfinite(to)) return;
    if (to < least_y_ || from > most_y_) return;
    const int first =
        *Place(std::max(from, least_y_), least_y_, most_y_, rows_);
    const int last = *Place(std::min(to, most_y_), least_y_, most_y_, rows_);
    for (int row = first; row <= last; ++row) {
      cells_[static_cast<size_t>(rows_ - 1 - row) * columns_ + column] =
          character;
    }
  }

  std::string Text() const {
    std::string text;
    for (int row = 0; row < rows_; ++row) {
      const bool is_named = row == 0 || row == rows_ - 1;
      const std::string y =
          is_named ? absl::StrFormat("%8.3g", row == 0 ? most_y_ : least_y_)
                   : std::string(8, ' ');
      absl::StrAppend(&text, y, " |");
      std::string line;
      size_t end = 0;  // without the blanks at its end
      for (int column = 0; column < columns_; ++column) {
        const std::string& cell =
            cells_[static_cast<size_t>(row) * columns_ + column];
        line += cell;
        if (cell != " ") end = line.size();
      }
      absl::StrAppend(&text, line.substr(0, end), "\n");
    }
    absl::StrAppend(&text, std::string(9, ' '), "+", std::string(columns_, '-'),
                    "\n");
    const std::string least = absl::StrFormat("%.3g", least_x_);
    const std::string most = absl::StrFormat("%.3g", most_x_);
    const int between = columns_ - static_cast<int>(least.size() + most.size());
    absl::StrAppend(&text, std::string(10, ' '), least,
                    std::string(std::max(1, between), ' '), most, "\n");
    return text;
  }

 private:
  static std::optional<int> Place(double value, double least, double most,
                                  int places) {
    if (!(value >= least && value <= most)) return std::nullopt;
    return static_cast<int>(
        std::lround((value - least) / (most - least) * (places - 1)));
  }

  const double least_x_, most_x_, least_y_, most_y_;
  const int columns_, rows_;
  std::vector<std::string> cells_;
};

// Between the points of an ascending band that x lies between.
BandPoint At(const std::vector<BandPoint>& band, double x) {
  const auto after = std::lower_bound(
      band.begin(), band.end(), x,
      [](const BandPoint& point, double value) { return point.x < value; });
  if (after == band.begin()) return band.front();
  if (after == band.end()) return band.back();
  const BandPoint& before = *(after - 1);
  const double share = (x - before.x) / (after->x - before.x);
  return {x, before.mean + share * (after->mean - before.mean),
          before.deviation + share * (after->deviation - before.deviation)};
}

}  // namespace

std::string RegressionPlotText(const RegressionPlot& plot, int columns,
                               int rows) {
  const report::Plot drawing = PlotOf(plot);
  if (plot.band.empty() || !(plot.band.front().x < plot.band.back().x)) {
    return "";
  }
  Canvas canvas(plot.band.front().x, plot.band.back().x, *drawing.y.least,
                *drawing.y.most, columns, rows);
  for (int column = 0; column < columns; ++column) {
    const BandPoint at = At(plot.band, canvas.XOf(column));
    for (const auto& [deviations, character] :
         {std::pair(3, kWideBand), std::pair(1, kNarrowBand)}) {
      canvas.Fill(column, at.mean - deviations * at.deviation,
                  at.mean + deviations * at.deviation, character);
    }
  }
  for (const Point& point : plot.truth) canvas.Put(point.x, point.y, kTruth);
  for (int column = 0; column < columns; ++column) {
    const double mean = At(plot.band, canvas.XOf(column)).mean;
    canvas.Fill(column, mean, mean, kMean);
  }
  for (const Point& point : plot.observations) {
    canvas.Put(point.x, point.y, kObservation);
  }
  return absl::StrCat(
      canvas.Text(), std::string(10, ' '), kObservation, " training rows   ",
      plot.truth.empty() ? "" : absl::StrCat(kTruth, " true curve   "), kMean,
      " mean of ", plot.num_networks, " networks   ", kNarrowBand, kWideBand,
      " within 1 and 3 deviations\n");
}

}  // namespace hypergan::trainer
