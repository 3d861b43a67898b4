#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "data/dataset.h"

namespace hypergan::data {

// Whether label i of a data set that names its classes `names` is class i of
// those named `expected`: they are the first of these; or both are their own
// places ("0", "1", ...); or they have no name in common, and `names` are their
// places or as many. Either may be empty.
bool KeepsLabels(const std::vector<std::string>& names,
                 const std::vector<std::string>& expected);

// Gives the rows of `dataset`, which is named `name` in messages, the labels
// that `expected` has for the names of their classes: a folder without one of
// the classes numbers the others differently. INVALID_ARGUMENT for a row whose
// class is none of these.
absl::Status MatchClasses(const std::string& name,
                          const std::vector<std::string>& expected,
                          Dataset* dataset);

}  // namespace hypergan::data
