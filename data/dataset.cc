#include "data/dataset.h"

#include "base/readable.h"

namespace hypergan::data {
namespace {

// Rows of `size` numbers each.
template <typename T>
std::vector<T> SelectRows(const std::vector<T>& from, int64_t size,
                          const std::vector<int64_t>& places) {
  std::vector<T> to;
  if (from.empty()) return to;
  to.reserve(places.size() * static_cast<size_t>(size));
  for (const int64_t place : places) {
    const auto begin = from.begin() + place * size;
    to.insert(to.end(), begin, begin + size);
  }
  return to;
}

}  // namespace

int64_t Dataset::RowSize() const {
  int64_t size = 1;
  for (int64_t dimension : row_shape) size *= dimension;
  return size;
}

std::vector<float> Dataset::Row(int64_t index) const {
  const int64_t size = RowSize();
  const int64_t begin = index * size;
  std::vector<float> row(size);
  for (int64_t i = 0; i < size; ++i) {
    row[i] = pixels.empty() ? static_cast<float>(values[begin + i])
                            : static_cast<float>(pixels[begin + i]) / 255.0f;
  }
  return row;
}

Dataset Dataset::Select(const std::vector<int64_t>& places) const {
  Dataset selected;
  selected.row_shape = row_shape;
  selected.rows = static_cast<int64_t>(places.size());
  selected.pixels = SelectRows(pixels, RowSize(), places);
  selected.values = SelectRows(values, RowSize(), places);
  selected.labels = SelectRows(labels, 1, places);
  selected.targets = SelectRows(targets, target_size, places);
  selected.target_size = target_size;
  selected.class_names = class_names;
  selected.column_names = column_names;
  selected.notes = notes;
  return selected;
}

absl::StatusOr<Dataset> WithReadableText(absl::StatusOr<Dataset> dataset) {
  if (!dataset.ok()) return Readable(dataset.status());
  for (std::string& note : dataset->notes) note = Readable(note);
  return dataset;
}

}  // namespace hypergan::data
