#pragma once

#include <map>
#include <string>
#include <vector>

#include "hypergan/ensemble/scores.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// The defined ones of `scores` by the contract's names.
std::map<std::string, at::Tensor> ScoresByName(const Scores& scores);

// How each score tells outside rows from inside rows; both of the same task.
// max_probability points inwards: it separates by its negative, its quantiles
// are its own.
std::map<std::string, Separation> SeparateScores(const Scores& inside,
                                                 const Scores& outside);

}  // namespace hypergan::trainer
