#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan::server {

// What becomes of rows far outside the range of the training rows.
enum class InputRangePolicy {
  kWarn,    // they are answered, with a warning
  kRefuse,  // the request is INVALID_ARGUMENT
};

// Rows far outside the range: of a row one number lies below the least or above
// the greatest training value of its channel or column by more than the
// distance of these two. So pixels 0..255 are far from 0..1, and ordinary new
// rows are not.
struct FarRows {
  int64_t count = 0;
  // The first such number; without meaning if there is none.
  int64_t first_row = 0;
  int64_t column = 0;  // or channel
  float value = 0;
};

// `values` [rows, input_shape...], row-major, finite. None for a manifest
// without an input range. A channel or column that was constant in training is
// passed over.
FarRows FindFarRows(absl::Span<const float> values, int64_t rows,
                    const Manifest& manifest);

// What a client is told of them, in a sentence without its own strings: "3 of 9
// rows are far outside the range of the training rows; row 0 has 255 where
// those have 0 to 1 (channel 0)".
std::string FarRowsText(const FarRows& far, int64_t rows,
                        const Manifest& manifest);

}  // namespace hypergan::server
