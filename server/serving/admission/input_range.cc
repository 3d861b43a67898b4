#include "server/serving/admission/input_range.h"

#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

bool IsFar(double value, double least, double greatest) {
  const double width = greatest - least;
  return width > 0 && (value < least - width || value > greatest + width);
}

}  // namespace

FarRows FindFarRows(absl::Span<const float> values, int64_t rows,
                    const Manifest& manifest) {
  FarRows far;
  const auto& [least, greatest] = manifest.input_range;
  if (least.empty() || rows == 0) return far;
  const int64_t row_size = std::ssize(values) / rows;
  const int64_t channel_size = row_size / std::ssize(least);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < row_size; ++i) {
      const int64_t column = i / channel_size;
      const float value = values[row * row_size + i];
      if (!IsFar(value, least[column], greatest[column])) continue;
      if (far.count++ == 0) {
        far.first_row = row;
        far.column = column;
        far.value = value;
      }
      break;
    }
  }
  return far;
}

std::string FarRowsText(const FarRows& far, int64_t rows,
                        const Manifest& manifest) {
  const bool are_images = manifest.input_shape.size() > 1;
  return absl::StrCat(far.count, " of ", rows,
                      " rows are far outside the range of the training rows; "
                      "row ",
                      far.first_row, " has ", far.value, " where those have ",
                      manifest.input_range.least[far.column], " to ",
                      manifest.input_range.greatest[far.column], " (",
                      are_images ? "channel " : "column ", far.column, ")");
}

}  // namespace hypergan::server
