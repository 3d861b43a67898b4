#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hypergan::data {

// Rows of inputs with, where they are known, what should come out. Pixels stay
// bytes (value / 255 is what a network sees). Everything else is kept as it was
// read, in float64, and lies within float32's range: networks take float32.
// Exactly one of `pixels` and `values` is filled.
struct Dataset {
  std::vector<int64_t> row_shape;  // as [1, 28, 28]: channels, height, width
  int64_t rows = 0;
  std::vector<uint8_t> pixels;  // [rows, row_shape...]
  std::vector<double> values;   // [rows, row_shape...]
  std::vector<int64_t> labels;  // [rows], or empty
  std::vector<double> targets;  // [rows, target_size], or empty
  int64_t target_size = 0;
  std::vector<std::string> class_names;  // by label, or empty
  // Of a table with a header: its inputs' names, then its targets'.
  std::vector<std::string> column_names;
  // What a person should be told about how these rows were read, a line each.
  // The reader prints nothing itself.
  std::vector<std::string> notes;

  // Numbers in one row: the product of row_shape.
  int64_t RowSize() const;
  // Row `index` as a network sees it: RowSize() numbers, pixels scaled to
  // [0, 1].
  std::vector<float> Row(int64_t index) const;
  // The rows at these places, in this order, with everything else as it is.
  Dataset Select(const std::vector<int64_t>& places) const;
};

// The same with notes, or an error, that can be shown: they hold names and
// bytes of files.
absl::StatusOr<Dataset> WithReadableText(absl::StatusOr<Dataset> dataset);

}  // namespace hypergan::data
