#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "data/dataset.h"

namespace hypergan::data {

// Gives the rows of `dataset`, which is named `name` in messages, the labels
// that `expected` has for the names of their classes: a folder without one of
// the classes numbers the others differently. Labels stay as they are where
//
//   either names no classes, or the data set's are the first of `expected`;
//   the names of both are their own places ("0", "1", ...);
//   they have no name in common, and the data set's names are their places or
//   as many: the same classes under other names.
//
// INVALID_ARGUMENT for a row whose class is then none of `expected`.
absl::Status MatchClasses(const std::string& name,
                          const std::vector<std::string>& expected,
                          Dataset* dataset);

}  // namespace hypergan::data
