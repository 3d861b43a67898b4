#include "client/cli/views/classes_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/terminal/bar.h"
#include "client/cli/terminal/picture.h"
#include "client/cli/terminal/text.h"

namespace hypergan::client {
namespace {

constexpr int64_t kTopClasses = 5;
constexpr int kMaxNameColumns = 14;
constexpr int kMaxBarColumns = 24;
constexpr int kGap = 2;

// Draws one row after the other; what does not change between them is worked
// out once.
class View {
 public:
  View(const Answer& answer, const AnswerViewOptions& options);

  std::string RenderRow(int64_t i) const;

 private:
  std::string Verdict(int64_t i) const;
  // The classes to show, the most probable first.
  std::vector<int64_t> Classes(int64_t i) const;
  std::string ClassLine(int64_t i, int64_t k) const;
  std::vector<std::string> ScoreLines(const RowScores& scores) const;
  // What stands beside the picture.
  std::string SetLine(int64_t i) const;
  std::vector<std::string> Lines(int64_t i) const;

  const Answer& answer_;
  const AnswerViewOptions& options_;
  int name_columns_ = 1;
  int bar_columns_;
};

View::View(const Answer& answer, const AnswerViewOptions& options)
    : answer_(answer), options_(options) {
  for (int64_t k = 0; k < answer.prediction.num_outputs; ++k) {
    name_columns_ = std::max(name_columns_, DisplayWidth(answer.ClassName(k)));
  }
  name_columns_ = std::min(name_columns_, kMaxNameColumns);
  // Beside the widest picture: name, bar, and figures as " 0.123 +-0.123".
  const int room = kScreenColumns - kMaxPictureColumns - kGap - 14;
  bar_columns_ = std::min(kMaxBarColumns, room - name_columns_ - 1);
}

std::string View::Verdict(int64_t i) const {
  const int64_t predicted = answer_.prediction.classes[i].index;
  const std::optional<int64_t> label = answer_.Label(i);
  std::string name = answer_.ClassName(predicted);
  if (!label.has_value()) return name;
  if (*label == predicted) {
    return Paint(absl::StrCat(name, ", right"), kGreen, options_.style);
  }
  return Paint(absl::StrCat(name, ", wrong: ", answer_.ClassName(*label)), kRed,
               options_.style);
}

std::vector<int64_t> View::Classes(int64_t i) const {
  const int64_t count = answer_.prediction.num_outputs;
  std::vector<int64_t> classes(count);
  std::iota(classes.begin(), classes.end(), 0);
  const float* mean = answer_.prediction.mean.data() + i * count;
  std::stable_sort(classes.begin(), classes.end(),
                   [mean](int64_t a, int64_t b) { return mean[a] > mean[b]; });
  if (!options_.all_classes) classes.resize(std::min(count, kTopClasses));
  return classes;
}

std::string View::ClassLine(int64_t i, int64_t k) const {
  const Prediction& prediction = answer_.prediction;
  const int64_t place = i * prediction.num_outputs + k;
  const double mean = prediction.mean[place];
  const double deviation =
      std::sqrt(std::max(0.0f, prediction.variance[place]));
  const std::string line = absl::StrFormat(
      "%s %s %.3f", PadRight(answer_.ClassName(k), name_columns_),
      Bar(mean, deviation, bar_columns_, options_.style), mean);
  // One network deviates from nobody.
  if (prediction.num_networks == 1) return line;
  return absl::StrFormat("%s %s%.3f", line, PlusMinus(options_.style),
                         deviation);
}

std::vector<std::string> View::ScoreLines(const RowScores& scores) const {
  std::vector<std::string> lines;
  const auto add = [&](const char* name, std::optional<double> score) {
    if (!score.has_value()) return;
    lines.push_back(absl::StrFormat("%-18s %.4f", name, *score));
  };
  add("predictive_entropy", scores.predictive_entropy);
  add("mutual_information", scores.mutual_information);
  add("ood_score", scores.ood_score);
  if (scores.ood_score.has_value() && scores.is_ood.has_value()) {
    absl::StrAppend(&lines.back(), "  ",
                    *scores.is_ood
                        ? Paint("OUT OF DISTRIBUTION", kRed, options_.style)
                        : Paint("in distribution", kGrey, options_.style));
  }
  return lines;
}

// The classes of the row's prediction set; empty if none was asked for.
std::string View::SetLine(int64_t i) const {
  if (answer_.prediction.prediction_sets.empty()) return "";
  std::vector<std::string> names;
  for (const int32_t index : answer_.prediction.prediction_sets[i]) {
    names.push_back(answer_.ClassName(index));
  }
  return absl::StrCat("prediction set     ", absl::StrJoin(names, ", "));
}

std::vector<std::string> View::Lines(int64_t i) const {
  std::vector<std::string> lines = {
      absl::StrCat("row ", answer_.rows[i], ": ", Verdict(i)), ""};
  for (int64_t k : Classes(i)) lines.push_back(ClassLine(i, k));
  lines.push_back("");
  if (std::string set = SetLine(i); !set.empty()) {
    lines.push_back(std::move(set));
  }
  for (std::string& line : ScoreLines(answer_.prediction.scores[i])) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string View::RenderRow(int64_t i) const {
  const Picture picture =
      DrawPicture(answer_.dataset.Row(answer_.rows[i]),
                  answer_.dataset.row_shape, options_.style);
  const std::vector<std::string> lines = Lines(i);
  std::string text;
  for (size_t y = 0; y < std::max(lines.size(), picture.lines.size()); ++y) {
    std::string line;
    if (picture.columns > 0) {
      line = absl::StrCat(y < picture.lines.size()
                              ? picture.lines[y]
                              : std::string(picture.columns, ' '),
                          std::string(kGap, ' '));
    }
    if (y < lines.size()) absl::StrAppend(&line, lines[y]);
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace

std::string RenderClasses(const Answer& answer,
                          const AnswerViewOptions& options) {
  const View view(answer, options);
  std::string text;
  for (int64_t i = 0; i < answer.prediction.rows; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : "\n", view.RenderRow(i));
  }
  return text;
}

}  // namespace hypergan::client
