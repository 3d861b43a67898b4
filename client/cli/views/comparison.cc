#include "client/cli/views/comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/terminal/histogram.h"
#include "client/cli/terminal/text.h"
#include "hypergan/ensemble/auroc.h"

namespace hypergan::client {
namespace {

constexpr int kHistogramColumns = 66;

struct Score {
  const char* name;
  std::optional<double> (*of)(const RowScores& scores);
};

constexpr Score kScores[] = {
    {"predictive_entropy",
     [](const RowScores& scores) { return scores.predictive_entropy; }},
    {"expected_entropy",
     [](const RowScores& scores) { return scores.expected_entropy; }},
    {"mutual_information",
     [](const RowScores& scores) { return scores.mutual_information; }},
    {"total_variance",
     [](const RowScores& scores) { return scores.total_variance; }},
    {"1 - max_probability",
     [](const RowScores& scores) {
       return scores.max_probability.has_value()
                  ? std::optional<double>(1 - *scores.max_probability)
                  : std::nullopt;
     }},
    {"ood_score", [](const RowScores& scores) { return scores.ood_score; }},
};

// Empty if a row lacks the score.
ScoreSample Sample(const Score& score, const Prediction& prediction) {
  ScoreSample sample;
  for (const RowScores& scores : prediction.scores) {
    const std::optional<double> value = score.of(scores);
    if (!value.has_value()) return {};
    sample.values.push_back(*value);
  }
  const double count = static_cast<double>(sample.values.size());
  if (count == 0) return sample;
  sample.mean =
      std::accumulate(sample.values.begin(), sample.values.end(), 0.0) / count;
  double squares = 0;
  for (double value : sample.values) {
    squares += (value - sample.mean) * (value - sample.mean);
  }
  if (count > 1) sample.deviation = std::sqrt(squares / (count - 1));
  return sample;
}

std::string Figures(const ScoreSample& sample, Style style) {
  return absl::StrFormat("%.4g %s %.4g", sample.mean, PlusMinus(style),
                         sample.deviation);
}

std::string Line(absl::string_view name, absl::string_view inside,
                 absl::string_view outside, absl::string_view auroc) {
  return absl::StrCat(PadRight(name, 20), " ", PadLeft(inside, 23), " ",
                      PadLeft(outside, 23), " ", PadLeft(auroc, 10), "\n");
}

std::string Spread(absl::string_view name, const ScoreSample& sample,
                   const ScoreComparison& scale, Colour colour, Style style) {
  const auto range = [](const ScoreSample& of) {
    return std::minmax_element(of.values.begin(), of.values.end());
  };
  const auto inside = range(scale.inside);
  const auto outside = range(scale.outside);
  const std::string bins = Histogram(
      sample.values, std::min(*inside.first, *outside.first),
      std::max(*inside.second, *outside.second), kHistogramColumns, style);
  return absl::StrCat("  ", PadRight(name, 8), "|", Paint(bins, colour, style),
                      "|\n");
}

}  // namespace

std::vector<ScoreComparison> CompareScores(const Prediction& inside,
                                           const Prediction& outside) {
  std::vector<ScoreComparison> comparisons;
  for (const Score& score : kScores) {
    ScoreComparison comparison{score.name, Sample(score, inside),
                               Sample(score, outside)};
    if (comparison.inside.values.empty() || comparison.outside.values.empty()) {
      continue;
    }
    comparison.auroc =
        Auroc(comparison.inside.values, comparison.outside.values);
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

std::string RenderComparison(const std::vector<ScoreComparison>& comparisons,
                             Style style) {
  std::string text = Line("score", "inside", "outside", "AUROC");
  for (const ScoreComparison& comparison : comparisons) {
    absl::StrAppend(
        &text, "\n",
        Line(comparison.name, Figures(comparison.inside, style),
             Figures(comparison.outside, style),
             absl::StrFormat("%.4f", comparison.auroc)),
        Spread("inside", comparison.inside, comparison, kGreen, style),
        Spread("outside", comparison.outside, comparison, kRed, style));
  }
  return text;
}

}  // namespace hypergan::client
