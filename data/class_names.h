#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "data/dataset.h"

namespace hypergan::data {

// The names of classes 0, 1, ...: one a line of the file at `path`, empty lines
// at its end left out. Without such a file: "0", "1", ... , `at_least` of them.
// INVALID_ARGUMENT for fewer than `at_least`, an empty name, or one of more
// than 128 bytes.
absl::StatusOr<std::vector<std::string>> ReadClassNames(const std::string& path,
                                                        int64_t at_least);

// Gives the rows of `dataset` the labels that their classes' names have in
// `class_names`, which become its names. INVALID_ARGUMENT for a row whose class
// is not named.
absl::Status RenumberByNames(const std::vector<std::string>& class_names,
                             Dataset* dataset);

}  // namespace hypergan::data
