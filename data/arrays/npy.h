#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan::data {

// An array as NumPy's save() writes it. Unsigned bytes stay bytes, as pixels
// are; all else becomes float64.
struct Array {
  std::vector<int64_t> shape;  // at least one dimension, each 1 or more
  std::string type;            // as "uint8", "float32"
  std::vector<uint8_t> bytes;  // of uint8, in C order
  std::vector<double> values;  // of every other type

  bool is_bytes() const { return type == "uint8"; }
  // Whole numbers, and truth values, which are 0 and 1.
  bool is_integer() const { return type.find("float") == type.npos; }
};

// Reads the bytes of an .npy file, format 1.0 to 3.0: little-endian numbers of
// type bool, (u)int8 to (u)int32, int64, float32 or float64, in C order. NaN
// and infinity are numbers here.
//
// INVALID_ARGUMENT, beginning with `name`, for anything else: objects, which
// are pickles, programs that reading them would run; text, big-endian numbers,
// Fortran order; a header of more than 64 KiB, more than 8 dimensions, and more
// than kMaxDatasetBytes. DATA_LOSS for fewer or more bytes than the header
// states.
absl::StatusOr<Array> ParseNpy(absl::string_view name, absl::string_view bytes);

}  // namespace hypergan::data
