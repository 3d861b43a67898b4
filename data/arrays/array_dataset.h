#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/arrays/npy.h"
#include "data/dataset.h"
#include "data/split.h"

// Data sets from arrays of NumPy. A note says how an array was read.
namespace hypergan::data {

// Whether a path ends in .npy or .npz, in letters of either case.
bool IsNpyPath(absl::string_view path);
bool IsNpzPath(absl::string_view path);

// An array's rows, by its shape:
//
//   [R]                        one number a row
//   [R, F]                     rows of F numbers, of any type
//   [R, H, W]                  grey pictures
//   [R, H, W, C], [R, C, H, W] pictures of C = 1 or 3 channels
//
// Pictures of uint8 become pixels; of floats, numbers as they are.
// INVALID_ARGUMENT, beginning with `name`, for another shape, one that fits
// both ways, pictures of other integers, sides beyond kMaxImageSide, more than
// kMaxRows, and for NaN or what is beyond float32, naming the row.
absl::StatusOr<Dataset> RowsOf(absl::string_view name, Array array);

// Sets what should come out for the rows of `dataset`: integers [R] or [R, 1]
// are labels, floats [R] or [R, K] target values. INVALID_ARGUMENT as above,
// for another count of rows, and for a label that is none.
absl::Status TakeTruth(absl::string_view name, Array array, Dataset* dataset);

// The rows of an .npy file, which are inputs alone.
absl::StatusOr<Dataset> ReadNpyRows(const std::string& path);

// Of an .npz file x_train and y_train, or x_test and y_test; y may be missing.
// NOT_FOUND for a split that it lacks; INVALID_ARGUMENT, listing its names, if
// it has neither.
absl::StatusOr<Dataset> ReadNpzSplit(const std::string& path, Split split);

}  // namespace hypergan::data
