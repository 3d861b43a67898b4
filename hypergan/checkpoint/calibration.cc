#include "hypergan/checkpoint/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hypergan {
namespace {

constexpr size_t kKeptQuantiles = 1000;
constexpr size_t kMaxOtherQuantiles = 200;

absl::Status CheckScores(const std::vector<double>& scores, size_t rows) {
  if (scores.empty()) {
    return absl::InvalidArgumentError("calibration: no rows");
  }
  if (scores.size() != rows) {
    return absl::InvalidArgumentError(
        absl::StrCat("calibration: expected scores of ", rows, " rows, got ",
                     scores.size()));
  }
  if (!std::all_of(scores.begin(), scores.end(),
                   [](double score) { return std::isfinite(score); })) {
    return absl::InvalidArgumentError("calibration: a score is not finite");
  }
  return absl::OkStatus();
}

// The rank among `rows` scores of the i-th of `count` quantiles.
int64_t Rank(int64_t i, int64_t rows, int64_t count) {
  return (i * rows + count - 1) / count;
}

std::vector<double> Quantiles(std::vector<double> scores, size_t most) {
  std::sort(scores.begin(), scores.end());
  const auto rows = static_cast<int64_t>(scores.size());
  const auto count = static_cast<int64_t>(std::min(most, scores.size()));
  std::vector<double> quantiles;
  for (int64_t i = 1; i <= count; ++i) {
    quantiles.push_back(scores[Rank(i, rows, count) - 1]);
  }
  return quantiles;
}

// The share of all rows, the one at hand included, that are known to score
// below it.
double ShareBelow(const std::vector<double>& quantiles, int64_t rows,
                  double score) {
  const auto below =
      std::lower_bound(quantiles.begin(), quantiles.end(), score) -
      quantiles.begin();
  const int64_t rank =
      Rank(below, rows, static_cast<int64_t>(quantiles.size()));
  return static_cast<double>(rank) / static_cast<double>(rows + 1);
}

// Calls `use(networks, quantiles)` for each number of networks.
template <typename Use>
void ForEachNumber(const Calibration& calibration, const Use& use) {
  use(calibration.networks, calibration.quantiles);
  for (const NetworkQuantiles& other : calibration.other_networks) {
    use(other.networks, other.quantiles);
  }
}

}  // namespace

absl::string_view DefaultPrimaryScore(Task task) {
  return task == Task::kClassification ? "predictive_entropy"
                                       : "total_variance";
}

absl::StatusOr<Calibration> Calibrate(
    absl::string_view primary_score, int64_t default_networks,
    std::map<int64_t, std::vector<double>> scores_by_networks) {
  const auto main = scores_by_networks.find(default_networks);
  if (main == scores_by_networks.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "calibration: no scores of ", default_networks, " networks"));
  }
  const size_t rows = main->second.size();
  Calibration calibration;
  calibration.primary_score = std::string(primary_score);
  calibration.rows = static_cast<int64_t>(rows);
  calibration.networks = default_networks;
  for (auto& [networks, scores] : scores_by_networks) {
    if (auto status = CheckScores(scores, rows); !status.ok()) return status;
    if (networks == default_networks) {
      calibration.quantiles = Quantiles(std::move(scores), kKeptQuantiles);
    } else {
      calibration.other_networks.push_back(
          {networks, Quantiles(std::move(scores), kMaxOtherQuantiles)});
    }
  }
  return calibration;
}

absl::Status AddOtherScore(absl::string_view name, std::vector<double> scores,
                           Calibration* calibration) {
  if (auto status = CheckScores(scores, static_cast<size_t>(calibration->rows));
      !status.ok()) {
    return status;
  }
  calibration->other_scores.push_back(
      {std::string(name), Quantiles(std::move(scores), kMaxOtherQuantiles)});
  return absl::OkStatus();
}

std::optional<double> OodScore(const Calibration& calibration, int64_t networks,
                               double score) {
  if (std::isnan(score) || networks < LeastNetworks(calibration)) {
    return std::nullopt;
  }
  // The nearest numbers of networks on either side, or the number itself.
  int64_t fewer = 0;
  int64_t more = std::numeric_limits<int64_t>::max();
  ForEachNumber(calibration, [&](int64_t number, const auto&) {
    if (number <= networks) fewer = std::max(fewer, number);
    if (number >= networks) more = std::min(more, number);
  });
  double share = 1;
  ForEachNumber(calibration, [&](int64_t number, const auto& quantiles) {
    if (number != fewer && number != more) return;
    share =
        std::min(share, ShareBelow(quantiles, calibration.KnownRows(), score));
  });
  return share;
}

std::optional<bool> IsOod(const Calibration& calibration, double ood_score) {
  const auto least = LeastRows(calibration.threshold);
  if (!least || calibration.KnownRows() < *least) return std::nullopt;
  return ood_score >= calibration.threshold;
}

int64_t LeastNetworks(const Calibration& calibration) {
  int64_t least = kLeastUncalibratedNetworks;
  ForEachNumber(calibration, [&](int64_t number, const auto&) {
    least = std::min(least, number);
  });
  return least;
}

std::optional<int64_t> LeastRows(double threshold) {
  if (!(threshold < 1)) return std::nullopt;
  // The greatest share is n / (n + 1).
  auto rows = static_cast<int64_t>(
      std::min(std::ceil(threshold / (1 - threshold)), 1e15));
  const auto reaches = [threshold](int64_t n) {
    return static_cast<double>(n) / static_cast<double>(n + 1) >= threshold;
  };
  while (rows > 0 && reaches(rows - 1)) --rows;  // of rounding, once at most
  return rows;
}

}  // namespace hypergan
