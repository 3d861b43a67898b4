#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace hypergan::trainer::report {

// What a figure could have been on other rows like these, with other seeds.
struct Interval {
  double mean = 0;
  double low = 0, high = 0;  // the central 95 % of the replicates

  // Does it hold 0? Of a difference: the two cannot be told apart.
  bool HoldsZero() const { return low <= 0 && high >= 0; }
};

// The bootstrap (Efron 1979) of means over rows: replicates draw as many rows
// as there are, with replacement. All that one object is asked about has the
// same draws, so that differences between runs are paired.
class RowBootstrap {
 public:
  static constexpr size_t kReplicates = 1000;

  // Draws of 1..65,536 rows; a function of their number.
  explicit RowBootstrap(size_t rows);

  size_t rows() const { return rows_; }

  // The mean over rows in each replicate, then that of the rows as they are. As
  // many `values` as rows.
  std::vector<double> Means(absl::Span<const float> values) const;

 private:
  size_t rows_;
  std::vector<uint16_t> counts_;  // [kReplicates][rows]
};

// Of the runs of a method, which differ in their seed, each with its Means: a
// replicate draws as many runs as there are, with replacement, and takes their
// mean. Three seeds say little of all seeds, and one says nothing. `stream`
// sets the draws; two methods should have two.
std::vector<double> MeansOverSeeds(const std::vector<std::vector<double>>& runs,
                                   uint64_t stream);

// Of replicates followed by the figure itself.
Interval IntervalOf(const std::vector<double>& means);

// Of one less the other, replicate by replicate.
Interval DifferenceOf(const std::vector<double>& one,
                      const std::vector<double>& other);

// "99.01 (98.80 to 99.19)".
std::string IntervalText(const Interval& interval, int decimals);
// "+0.12 (-0.05 to +0.30)".
std::string DifferenceText(const Interval& interval, int decimals);

}  // namespace hypergan::trainer::report
