#pragma once

#include <optional>

#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer::report {

// Points of a curve whose |x| is above `from` and at most `to`; from -1, 0 is
// among them.
struct Reach {
  double from = -1, to = 0;
};

// What a band says of observations truth + N(0, noise^2), where it predicts
// N(mean, deviation^2 + noise^2): the expectation over the noise, in closed
// form, averaged over the points.
struct BandFigures {
  double coverage = 0;  // share within the central 95 % of the prediction
  double nll = 0;       // negative log density
  double crps = 0;      // continuous ranked probability score (Gneiting and
                        // Raftery 2007, Eq. 20 and 21)
};

// None where no point is within reach. `noise` is positive.
std::optional<BandFigures> FiguresOfBand(const BandResult& band, double noise,
                                         const Reach& reach);

// How far a band is from `reference`, of the same points: the root mean square
// of the difference of the means, and the mean deviation divided by the
// reference's.
struct BandDifference {
  double of_means = 0, deviation_ratio = 0;
};

// None where the points differ, none is within reach, or the reference has no
// deviation there.
std::optional<BandDifference> DifferenceOf(const BandResult& band,
                                           const BandResult& reference,
                                           const Reach& reach);

}  // namespace hypergan::trainer::report
