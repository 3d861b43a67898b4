#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"
#include "data/split.h"

namespace hypergan::data {

// Some rows of a data set, in their order there.
struct Subset {
  std::vector<int64_t> classes;  // those of these labels; empty: of all
  // At most so many, the first ones, 0 for all: of each class, of either
  // split, of the training split. Counted among the rows of `classes`.
  int64_t per_class = 0;
  int64_t rows = 0;
  int64_t train_rows = 0;
};

struct SubsetSpec {
  std::string path;  // what stands before '#'
  Subset subset;
};

// Does `spec` name a subset, PATH#...? Not where a file of that whole name is
// there, nor where a '/' follows the last '#'.
bool NamesSubset(absl::string_view spec);

// Reads PATH#KEY=VALUE&...:
//
//   classes=0-4, classes=0,2,5-7   labels, and first-last for all between
//   per_class=R, rows=R, train_rows=R
//
// INVALID_ARGUMENT, naming `spec`, for anything else, a key or a class that is
// there twice, and a label beyond kMaxClasses.
absl::StatusOr<SubsetSpec> ParseSubset(absl::string_view spec);

// The rows of `subset`. With `classes`, row labels and class names are those of
// their places in that list: 0 .. n - 1. INVALID_ARGUMENT for a class that is
// not there, for classes of rows without labels, and where no row is left.
absl::StatusOr<Dataset> TakeSubset(const Dataset& dataset, const Subset& subset,
                                   Split split);

}  // namespace hypergan::data
