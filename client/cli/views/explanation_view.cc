#include "client/cli/views/explanation_view.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/explanation.h"
#include "client/cli/terminal/bar.h"
#include "client/cli/terminal/histogram.h"
#include "client/cli/terminal/picture.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"

namespace hypergan::client {
namespace {

constexpr int kLongestName = 20;
constexpr int kShareColumns = 24;
constexpr size_t kMostClasses = 10;  // unless all are asked for
// The share of networks that a band holds.
constexpr double kBand = 0.95;

std::string Figure(double value) { return absl::StrFormat("%.4g", value); }

// A share in [0, 1], also of a server that says otherwise.
std::string ShareText(double share) {
  return std::abs(share) < 10 ? absl::StrFormat("%.3f", share) : Figure(share);
}

double Root(float variance) { return std::sqrt(std::max(0.0f, variance)); }

std::string OutputName(const Answer& answer, int64_t k) {
  const std::vector<std::string>& names = answer.model.manifest.output_names;
  return k < std::ssize(names) ? Printable(names[k]) : absl::StrCat(k);
}

// "row 3: shirt, in truth a coat", and the picture of an image.
std::string Subject(const Answer& answer, Style style) {
  const Prediction& prediction = answer.prediction;
  std::string text = absl::StrCat("row ", answer.rows[0]);
  if (!prediction.classes.empty()) {
    absl::StrAppend(&text, ": ", answer.ClassName(prediction.classes[0].index));
  }
  if (const std::optional<int64_t> label = answer.Label(0)) {
    absl::StrAppend(&text, " (truth: ", answer.ClassName(*label), ")");
  }
  absl::StrAppend(&text, "\n\n");
  const Picture picture = DrawPicture(answer.dataset.Row(answer.rows[0]),
                                      answer.dataset.row_shape, style);
  for (const std::string& line : picture.lines) {
    absl::StrAppend(&text, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return picture.lines.empty() ? text : absl::StrCat(text, "\n");
}

// The classes to show, the most probable first: those with a vote, and the most
// probable few.
std::vector<int64_t> ShownClasses(const Answer& answer,
                                  const std::vector<int64_t>& votes, bool all) {
  const std::vector<float>& mean = answer.prediction.mean;
  std::vector<int64_t> classes(votes.size());
  std::iota(classes.begin(), classes.end(), 0);
  std::stable_sort(classes.begin(), classes.end(),
                   [&](int64_t a, int64_t b) { return mean[a] > mean[b]; });
  if (!all) classes.resize(std::min(classes.size(), kMostClasses));
  return classes;
}

std::string ClassTable(const Answer& answer, const AnswerViewOptions& options) {
  const Prediction& prediction = answer.prediction;
  const std::vector<int64_t> votes = Votes(answer, 0);
  Table table({{"class"},
               {"mean", Align::kRight},
               {"deviation", Align::kRight},
               {"votes", Align::kRight},
               {"0 to 1"}});
  for (const int64_t k : ShownClasses(answer, votes, options.all_classes)) {
    const double deviation = Root(prediction.variance[k]);
    std::string name = answer.ClassName(k);
    if (DisplayWidth(name) > kLongestName) {
      name = PadRight(name, kLongestName);
    }
    table.AddRow(
        {name, ShareText(prediction.mean[k]),
         prediction.num_networks == 1 ? "-" : ShareText(deviation),
         absl::StrCat(votes[k]),
         Bar(prediction.mean[k], deviation, kShareColumns, options.style)});
  }
  return absl::StrCat(table.Render(), "\nvotes: of the ",
                      prediction.num_networks,
                      " networks, how many hold this class for the most "
                      "probable one\n");
}

std::string SetLine(const Answer& answer) {
  if (answer.prediction.prediction_sets.empty()) return "";
  std::vector<std::string> names;
  for (const int32_t index : answer.prediction.prediction_sets[0]) {
    names.push_back(answer.ClassName(index));
  }
  return absl::StrCat("prediction set: ", absl::StrJoin(names, ", "), "\n");
}

// How much of the uncertainty is of which kind.
std::string EntropySplit(const RowScores& scores) {
  if (!scores.predictive_entropy || !scores.expected_entropy) return "";
  const double total = *scores.predictive_entropy;
  const auto line = [total](const char* name, double part, const char* what) {
    return absl::StrFormat("  %-19s %.4f  %3.0f %%  %s\n", name, part,
                           total > 0 ? 100 * part / total : 0, what);
  };
  std::string text = absl::StrCat(
      "\nentropy of the mean (", absl::StrFormat("%.4f", total), ") is\n",
      line("expected entropy", *scores.expected_entropy,
           "aleatoric: each network is unsure"));
  if (scores.mutual_information) {
    absl::StrAppend(&text,
                    line("mutual information", *scores.mutual_information,
                         "epistemic: the networks disagree"));
  }
  return text;
}

std::string ValueTable(const Answer& answer, Style style) {
  const Prediction& prediction = answer.prediction;
  const bool has_noise = !prediction.noise_variance.empty();
  const bool has_interval = !prediction.interval_low.empty();
  const bool has_truth = answer.dataset.target_size == prediction.num_outputs &&
                         !answer.dataset.targets.empty();
  std::vector<Column> columns = {
      {"output"}, {"mean", Align::kRight}, {"epistemic", Align::kRight}};
  if (has_noise) columns.push_back({"aleatoric", Align::kRight});
  columns.push_back({"band", Align::kRight});
  if (has_interval) columns.push_back({"interval", Align::kRight});
  if (has_truth) columns.push_back({"truth", Align::kRight});
  columns.push_back({"networks"});
  Table table(std::move(columns));
  for (int64_t k = 0; k < prediction.num_outputs; ++k) {
    const std::vector<double> values = NetworkValues(answer, 0, k);
    std::vector<std::string> cells = {
        PadRight(OutputName(answer, k),
                 std::min(kLongestName, DisplayWidth(OutputName(answer, k)))),
        Figure(prediction.mean[k]),
        prediction.num_networks == 1 ? "-"
                                     : Figure(Root(prediction.variance[k]))};
    if (has_noise) cells.push_back(Figure(Root(prediction.noise_variance[k])));
    cells.push_back(absl::StrCat(Figure(Quantile(values, (1 - kBand) / 2)),
                                 " to ",
                                 Figure(Quantile(values, (1 + kBand) / 2))));
    if (has_interval) {
      cells.push_back(absl::StrCat(Figure(prediction.interval_low[k]), " to ",
                                   Figure(prediction.interval_high[k])));
    }
    if (has_truth) {
      cells.push_back(Figure(
          answer.dataset.targets[answer.rows[0] * prediction.num_outputs + k]));
    }
    // Narrow: intervals leave little room.
    cells.push_back(Histogram(values, values.front(), values.back(), 8, style));
    table.AddRow(std::move(cells));
  }
  std::string legend =
      absl::StrCat("\nepistemic: the deviation of the networks; band: what ",
                   Figure(100 * kBand), " % of them say\n");
  if (has_noise) {
    absl::StrAppend(&legend, "aleatoric: the deviation of the truth from what ",
                    "can be known of it\n");
  }
  if (has_interval) {
    absl::StrAppend(&legend, "interval: where the truth is expected, ",
                    "of both uncertainties\n");
  }
  return absl::StrCat(table.Render(), legend);
}

std::optional<double> ScoreByName(const RowScores& scores,
                                  const std::string& name) {
  if (name == "predictive_entropy") return scores.predictive_entropy;
  if (name == "expected_entropy") return scores.expected_entropy;
  if (name == "mutual_information") return scores.mutual_information;
  if (name == "total_variance") return scores.total_variance;
  if (name == "max_probability") return scores.max_probability;
  return std::nullopt;
}

// The calibration's quantiles of a number of networks near this one.
std::vector<double> QuantilesNear(const Calibration& calibration,
                                  int64_t networks) {
  const std::vector<double>* nearest = &calibration.quantiles;
  int64_t distance = std::abs(calibration.networks - networks);
  for (const auto& other : calibration.other_networks) {
    if (std::abs(other.networks - networks) < distance) {
      distance = std::abs(other.networks - networks);
      nearest = &other.quantiles;
    }
  }
  return *nearest;
}

// The calibration rows as a histogram, with the row's place below.
std::string CalibrationPlot(const std::vector<double>& quantiles, double score,
                            Style style) {
  constexpr int kColumns = 40;
  if (quantiles.empty() || !std::isfinite(score)) return "";
  const auto [least, most] =
      std::minmax_element(quantiles.begin(), quantiles.end());
  const double low = std::min(*least, score);
  const double high = std::max(*most, score);
  if (!(high > low)) return "";
  const int place = static_cast<int>(
      std::lround((score - low) / (high - low) * (kColumns - 1)));
  return absl::StrCat("  ", PadLeft(Figure(low), 9), " |",
                      Histogram(quantiles, low, high, kColumns, style), "| ",
                      Figure(high), "\n", Repeat(" ", 13 + place),
                      "^ this row\n");
}

std::string Standing(const Answer& answer, Style style) {
  const std::optional<Calibration>& calibration =
      answer.model.manifest.calibration;
  const RowScores& scores = answer.prediction.scores[0];
  if (!calibration) {
    return "\nThe model has no calibration rows to compare this row with.\n";
  }
  const std::optional<double> score =
      ScoreByName(scores, calibration->primary_score);
  if (!scores.ood_score || !score) {
    return absl::StrCat("\nno ood_score: ", answer.LackForOod(), "\n");
  }
  // The score counts the row itself as one more.
  const auto below = std::llround(*scores.ood_score *
                                  static_cast<double>(calibration->rows + 1));
  std::string text = absl::StrFormat(
      "\n%s %.4g is above that of %d of the %d calibration rows\n",
      Printable(calibration->primary_score), *score, below, calibration->rows);
  absl::StrAppend(&text,
                  CalibrationPlot(QuantilesNear(*calibration,
                                                answer.prediction.num_networks),
                                  *score, style),
                  absl::StrFormat("  ood_score %.4f", *scores.ood_score));
  if (scores.is_ood) {
    absl::StrAppend(
        &text, ", ",
        *scores.is_ood ? Paint("OUT OF DISTRIBUTION", kRed, style)
                       : Paint("in distribution", kGrey, style),
        absl::StrFormat(" (the threshold is %.4g)", calibration->threshold));
  } else if (const std::string lack = answer.LackForOod(); !lack.empty()) {
    absl::StrAppend(&text, " (", lack, ")");
  }
  return absl::StrCat(text, "\n");
}

}  // namespace

std::string RenderExplanation(const Answer& answer,
                              const AnswerViewOptions& options) {
  const bool is_regression = answer.model.manifest.task == Task::kRegression;
  return absl::StrCat(
      AnswerHeading(answer), Subject(answer, options.style),
      is_regression ? ValueTable(answer, options.style)
                    : absl::StrCat(ClassTable(answer, options), SetLine(answer),
                                   EntropySplit(answer.prediction.scores[0])),
      Standing(answer, options.style), AnswerWarnings(answer));
}

}  // namespace hypergan::client
