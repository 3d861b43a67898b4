#include "trainer/evaluation/separation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "hypergan/ensemble/auroc.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kIntervals = 200;  // of quantiles, and of the ROC's points

// Rows at or beyond one threshold.
struct Flagged {
  int64_t inside = 0, outside = 0;
};

// For each distinct score, the greatest first, the rows that score at least so
// much.
std::vector<Flagged> Thresholds(absl::Span<const double> inside,
                                absl::Span<const double> outside) {
  std::vector<std::pair<double, bool>> rows;  // score, is it from outside
  rows.reserve(inside.size() + outside.size());
  for (double score : inside) rows.emplace_back(score, false);
  for (double score : outside) rows.emplace_back(score, true);
  std::sort(rows.rbegin(), rows.rend());
  std::vector<Flagged> thresholds;
  Flagged flagged;
  for (size_t i = 0; i < rows.size(); ++i) {
    ++(rows[i].second ? flagged.outside : flagged.inside);
    const bool last_of_its_score =
        i + 1 == rows.size() || rows[i + 1].first != rows[i].first;
    if (last_of_its_score) thresholds.push_back(flagged);
  }
  return thresholds;
}

double Share(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// sum of (R_n - R_{n-1}) P_n, outside positive, from the highest threshold.
double AveragePrecisionOut(const std::vector<Flagged>& thresholds) {
  const int64_t positives = thresholds.back().outside;
  double sum = 0;
  int64_t before = 0;
  for (const Flagged& t : thresholds) {
    sum += Share(t.outside - before, positives) *
           Share(t.outside, t.outside + t.inside);
    before = t.outside;
  }
  return sum;
}

// The same for inside positive and scores turned round: a row is retrieved
// where it is not flagged by the next higher threshold.
double AveragePrecisionIn(const std::vector<Flagged>& thresholds) {
  const Flagged all = thresholds.back();
  double sum = 0;
  int64_t before = 0;
  for (size_t i = thresholds.size(); i-- > 0;) {
    const Flagged left = i > 0 ? thresholds[i - 1] : Flagged{};
    const int64_t inside = all.inside - left.inside;
    const int64_t outside = all.outside - left.outside;
    sum += Share(inside - before, all.inside) * Share(inside, inside + outside);
    before = inside;
  }
  return sum;
}

double Fpr95(const std::vector<Flagged>& thresholds) {
  const Flagged all = thresholds.back();
  for (const Flagged& t : thresholds) {
    if (t.outside * 100 >= all.outside * 95) return Share(t.inside, all.inside);
  }
  return 1;
}

void AppendRoc(const std::vector<Flagged>& thresholds, Separation* result) {
  const Flagged all = thresholds.back();
  const auto last = static_cast<int64_t>(thresholds.size());  // (0, 0) leads
  const int64_t intervals = std::min(kIntervals, last);
  for (int64_t i = 0; i <= intervals; ++i) {
    const int64_t point = i * last / intervals;
    const Flagged t = point > 0 ? thresholds[point - 1] : Flagged{};
    result->roc_fpr.push_back(Share(t.inside, all.inside));
    result->roc_tpr.push_back(Share(t.outside, all.outside));
  }
}

}  // namespace

std::vector<double> Quantiles(absl::Span<const double> scores) {
  if (scores.empty()) return {};
  std::vector<double> sorted(scores.begin(), scores.end());
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<int64_t>(sorted.size());
  std::vector<double> quantiles;
  for (int64_t i = 0; i <= kIntervals; ++i) {
    const int64_t rank =
        (i * count + kIntervals - 1) / kIntervals;  // rounds up
    quantiles.push_back(sorted[std::max<int64_t>(rank, 1) - 1]);
  }
  return quantiles;
}

Separation Separate(absl::Span<const double> inside,
                    absl::Span<const double> outside) {
  Separation result;
  if (inside.empty() || outside.empty()) {
    result.auroc = result.aupr_out = result.aupr_in = result.fpr95 =
        std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  const std::vector<Flagged> thresholds = Thresholds(inside, outside);
  result.auroc = Auroc(inside, outside);
  result.aupr_out = AveragePrecisionOut(thresholds);
  result.aupr_in = AveragePrecisionIn(thresholds);
  result.fpr95 = Fpr95(thresholds);
  AppendRoc(thresholds, &result);
  result.inside_quantiles = Quantiles(inside);
  result.outside_quantiles = Quantiles(outside);
  return result;
}

}  // namespace hypergan::trainer
