#include "data/dataset.h"

namespace hypergan::data {

int64_t Dataset::RowSize() const {
  int64_t size = 1;
  for (int64_t dimension : row_shape) size *= dimension;
  return size;
}

std::vector<float> Dataset::Row(int64_t index) const {
  const int64_t size = RowSize();
  const int64_t begin = index * size;
  if (pixels.empty()) {
    return {values.begin() + begin, values.begin() + begin + size};
  }
  std::vector<float> row(size);
  for (int64_t i = 0; i < size; ++i) {
    row[i] = static_cast<float>(pixels[begin + i]) / 255.0f;
  }
  return row;
}

}  // namespace hypergan::data
