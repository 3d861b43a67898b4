#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/cli/terminal/style.h"
#include "client/prediction.h"

namespace hypergan::client {

// One score over many rows of one set.
struct ScoreSample {
  std::vector<double> values;
  double mean = 0;
  double deviation = 0;  // unbiased; 0 for one value
};

// One score in two sets. The greater the score, the less the networks know:
// where a name of the contract runs the other way, "1 - " stands before it.
struct ScoreComparison {
  std::string name;
  ScoreSample inside;
  ScoreSample outside;
  double auroc = 0;  // that a row from outside scores above one from inside
};

// Every score that both predictions have.
std::vector<ScoreComparison> CompareScores(const Prediction& inside,
                                           const Prediction& outside);

// For people, 80 columns wide: a line of figures for each score, and below it
// how it spreads in either set, on one scale.
std::string RenderComparison(const std::vector<ScoreComparison>& comparisons,
                             Style style);

}  // namespace hypergan::client
