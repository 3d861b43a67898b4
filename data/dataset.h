#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hypergan::data {

// Rows of inputs with, where they are known, what should come out. Pixels stay
// bytes (value / 255 is what a network sees); everything else is float32.
// Exactly one of `pixels` and `values` is filled.
struct Dataset {
  std::vector<int64_t> row_shape;  // as [1, 28, 28]: channels, height, width
  int64_t rows = 0;
  std::vector<uint8_t> pixels;  // [rows, row_shape...]
  std::vector<float> values;    // [rows, row_shape...]
  std::vector<int64_t> labels;  // [rows], or empty
  std::vector<float> targets;   // [rows, target_size], or empty
  int64_t target_size = 0;
  std::vector<std::string> class_names;  // by label, or empty
  // What a person should be told about how these rows were read, a line each.
  // The reader prints nothing itself.
  std::vector<std::string> notes;

  // Numbers in one row: the product of row_shape.
  int64_t RowSize() const;
  // Row `index` as a network sees it: RowSize() numbers, pixels scaled to
  // [0, 1].
  std::vector<float> Row(int64_t index) const;
};

}  // namespace hypergan::data
