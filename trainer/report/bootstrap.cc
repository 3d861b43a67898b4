#include "trainer/report/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {
namespace {

// 0 .. count - 1; std::uniform_int_distribution is not the same everywhere.
size_t Below(std::mt19937_64& random, size_t count) {
  return static_cast<size_t>((random() >> 32) * count >> 32);
}

std::string SignedText(double number, int decimals) {
  return absl::StrCat(number < 0 ? "" : "+", NumberText(number, decimals));
}

}  // namespace

RowBootstrap::RowBootstrap(size_t rows)
    : rows_(rows), counts_(kReplicates * rows) {
  std::mt19937_64 random(rows);
  for (size_t i = 0; i < kReplicates; ++i) {
    for (size_t draw = 0; draw < rows; ++draw) {
      ++counts_[i * rows + Below(random, rows)];
    }
  }
}

std::vector<double> RowBootstrap::Means(absl::Span<const float> values) const {
  std::vector<double> means;
  means.reserve(kReplicates + 1);
  const auto count = static_cast<double>(rows_);
  for (size_t i = 0; i < kReplicates; ++i) {
    const auto counts = counts_.begin() + static_cast<int64_t>(i * rows_);
    means.push_back(
        std::inner_product(values.begin(), values.end(), counts, 0.0) / count);
  }
  means.push_back(std::accumulate(values.begin(), values.end(), 0.0) / count);
  return means;
}

std::vector<double> MeansOverSeeds(const std::vector<std::vector<double>>& runs,
                                   uint64_t stream) {
  std::mt19937_64 random(stream);
  std::vector<double> means(runs.front().size());
  const auto count = static_cast<double>(runs.size());
  for (size_t i = 0; i < means.size(); ++i) {
    const bool is_figure = i + 1 == means.size();
    for (const std::vector<double>& run : runs) {
      const auto& drawn = is_figure ? run : runs[Below(random, runs.size())];
      means[i] += drawn[i] / count;
    }
  }
  return means;
}

Interval IntervalOf(const std::vector<double>& means) {
  std::vector<double> replicates(means.begin(), means.end() - 1);
  std::sort(replicates.begin(), replicates.end());
  const auto at = [&](double share) {
    return replicates[static_cast<size_t>(
        std::lround(share * static_cast<double>(replicates.size() - 1)))];
  };
  return {means.back(), at(0.025), at(0.975)};
}

Interval DifferenceOf(const std::vector<double>& one,
                      const std::vector<double>& other) {
  std::vector<double> differences;
  differences.reserve(one.size());
  for (size_t i = 0; i < one.size(); ++i) {
    differences.push_back(one[i] - other[i]);
  }
  return IntervalOf(differences);
}

std::string IntervalText(const Interval& interval, int decimals) {
  return absl::StrCat(NumberText(interval.mean, decimals), " (",
                      NumberText(interval.low, decimals), " to ",
                      NumberText(interval.high, decimals), ")");
}

std::string DifferenceText(const Interval& interval, int decimals) {
  return absl::StrCat(SignedText(interval.mean, decimals), " (",
                      SignedText(interval.low, decimals), " to ",
                      SignedText(interval.high, decimals), ")");
}

}  // namespace hypergan::trainer::report
