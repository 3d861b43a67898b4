#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/model.h"
#include "client/prediction.h"
#include "data/dataset.h"

namespace hypergan::client {

// A prediction beside what it is about, ready to be shown.
struct Answer {
  const Model& model;
  const data::Dataset& dataset;
  std::vector<int64_t> rows;  // of the data set, one for each row predicted
  Prediction prediction;

  // The name of a class, fit to print; its number if the model names none.
  std::string ClassName(int64_t index) const;

  // What predicted row `i` really is; none if the data set does not say.
  std::optional<int64_t> Label(int64_t i) const;

  // The share of rows whose class is right; none without labels.
  std::optional<double> Accuracy() const;

  // The root of the mean squared difference from the targets; none without
  // them.
  std::optional<double> Rmse() const;

  // How many rows the model calls out of distribution; none if it does not say.
  std::optional<int64_t> OutOfDistribution() const;

  // What a calibrated model would need to say more of how unusual rows are;
  // empty if it says all.
  std::string LackForOod() const;
};

}  // namespace hypergan::client
