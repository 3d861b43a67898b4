#include "client/cli/views/values_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/terminal/bar.h"
#include "client/cli/terminal/table.h"

namespace hypergan::client {
namespace {

// Rows of more inputs are shown by their number alone.
constexpr int64_t kMaxInputs = 3;
constexpr int kPlotColumns = 24;

std::string Number(double value) { return absl::StrFormat("%.4g", value); }

struct Scale {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

double Deviation(const Prediction& prediction, int64_t place) {
  return std::sqrt(std::max(0.0f, prediction.variance[place]));
}

// Wide enough for every whisker.
Scale PlotScale(const Prediction& prediction) {
  Scale scale;
  for (size_t i = 0; i < prediction.mean.size(); ++i) {
    const double deviation = Deviation(prediction, static_cast<int64_t>(i));
    scale.low = std::min(scale.low, prediction.mean[i] - deviation);
    scale.high = std::max(scale.high, prediction.mean[i] + deviation);
  }
  return scale;
}

// Which columns there are.
struct Layout {
  explicit Layout(const Answer& answer)
      : inputs(answer.dataset.RowSize() <= kMaxInputs ? answer.dataset.RowSize()
                                                      : 0),
        outputs(answer.prediction.num_outputs),
        truth(answer.dataset.target_size == outputs &&
              !answer.dataset.targets.empty()),
        intervals(!answer.prediction.interval_low.empty()) {}

  std::vector<Column> Columns(const Scale& scale) const;

  const int64_t inputs;
  const int64_t outputs;
  const bool truth;
  const bool intervals;
};

std::vector<Column> Layout::Columns(const Scale& scale) const {
  std::vector<Column> columns = {{"row", Align::kRight}};
  for (int64_t i = 0; i < inputs; ++i) {
    columns.push_back(
        {inputs == 1 ? "x" : absl::StrCat("x", i), Align::kRight});
  }
  if (outputs > 1) columns.push_back({"output", Align::kRight});
  columns.push_back({"mean", Align::kRight});
  columns.push_back({"deviation", Align::kRight});
  if (intervals) columns.push_back({"interval", Align::kRight});
  if (truth) columns.push_back({"truth", Align::kRight});
  columns.push_back({"ood_score", Align::kRight});
  columns.push_back(
      {absl::StrCat(Number(scale.low), " to ", Number(scale.high))});
  return columns;
}

std::string OodCell(const RowScores& scores) {
  if (!scores.ood_score.has_value()) return "-";
  return absl::StrFormat("%s%.3f", scores.is_ood.value_or(false) ? "OOD " : "",
                         *scores.ood_score);
}

std::vector<std::string> Cells(const Answer& answer, const Layout& layout,
                               int64_t i, int64_t k) {
  const int64_t place = i * layout.outputs + k;
  std::vector<std::string> cells = {absl::StrCat(answer.rows[i])};
  const std::vector<float> input = answer.dataset.Row(answer.rows[i]);
  for (int64_t j = 0; j < layout.inputs; ++j) cells.push_back(Number(input[j]));
  if (layout.outputs > 1) cells.push_back(absl::StrCat(k));
  cells.push_back(Number(answer.prediction.mean[place]));
  // One network deviates from nobody.
  cells.push_back(answer.prediction.num_networks == 1
                      ? "-"
                      : Number(Deviation(answer.prediction, place)));
  if (layout.intervals) {
    cells.push_back(
        absl::StrCat(Number(answer.prediction.interval_low[place]), " to ",
                     Number(answer.prediction.interval_high[place])));
  }
  if (layout.truth) {
    cells.push_back(
        Number(answer.dataset.targets[answer.rows[i] * layout.outputs + k]));
  }
  cells.push_back(OodCell(answer.prediction.scores[i]));
  return cells;
}

}  // namespace

std::string RenderValues(const Answer& answer,
                         const AnswerViewOptions& options) {
  const Prediction& prediction = answer.prediction;
  const Layout layout(answer);
  const Scale scale = PlotScale(prediction);
  Table table(layout.Columns(scale));
  for (int64_t i = 0; i < prediction.rows; ++i) {
    for (int64_t k = 0; k < layout.outputs; ++k) {
      const int64_t place = i * layout.outputs + k;
      std::vector<std::string> cells = Cells(answer, layout, i, k);
      cells.push_back(Whisker(prediction.mean[place],
                              Deviation(prediction, place), scale.low,
                              scale.high, kPlotColumns, options.style));
      table.AddRow(std::move(cells));
    }
  }
  if (!layout.intervals) return table.Render();
  return absl::StrCat(
      table.Render(),
      "\ndeviation: of the networks around their mean (epistemic); interval: "
      "where the truth is expected, the noise included\n");
}

}  // namespace hypergan::client
