#pragma once

#include <vector>

#include "trainer/report/drawing/plot.h"

// A score's distribution from its order statistics at even shares, ascending
// (Separation::inside_quantiles): the inverse of the empirical CDF.
namespace hypergan::trainer::report {

// The CDF's points, from 0 to 1; begins at x = 0 where all scores are above.
std::vector<Point> CdfPoints(const std::vector<double>& quantiles);

// The share of rows with a score of at most x, between the quantiles linear.
double CdfAt(const std::vector<double>& quantiles, double x);

// The share of rows, in percent, in each of `bins` equal parts of
// [0, most], as an outline of steps. Scores beyond are not counted.
std::vector<Point> HistogramOutline(const std::vector<double>& quantiles,
                                    double most, int bins);

}  // namespace hypergan::trainer::report
