#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "hypergan/ensemble/ensemble.h"

namespace hypergan::trainer {

// Rows that were asked about.
struct ScoredRows {
  std::string set;    // as "inside"
  at::Tensor labels;  // int64 [R], or undefined
  at::Tensor mean;    // [R, K]
  Scores scores;      // [R] each
};

// What an ensemble says of each row, for other programs to evaluate: a line a
// row with columns set, label (empty where there is none), mean_0 .. mean_{K-1}
// (probabilities, or values) and the scores by the contract's names, as
// decimals that give the same float64 again. All of `sets` are of one ensemble.
std::string ScoresCsv(const std::vector<ScoredRows>& sets);

}  // namespace hypergan::trainer
