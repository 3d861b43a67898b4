#include "data/arrays/array_dataset.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "data/arrays/npz_file.h"
#include "data/input_file.h"
#include "data/limits.h"
#include "data/tables/csv_columns.h"

namespace hypergan::data {
namespace {

std::string ShapeText(absl::Span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

template <typename... Parts>
absl::Status Refused(absl::string_view name, const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", parts...));
}

bool IsChannels(int64_t size) { return size == 1 || size == 3; }

// What the dimensions of an array are.
struct Layout {
  std::vector<int64_t> row_shape;
  bool is_picture = false;
  bool is_channels_last = false;
};

absl::StatusOr<Layout> PictureLayout(absl::string_view name,
                                     const std::vector<int64_t>& shape) {
  if (shape.size() == 3) return Layout{{1, shape[1], shape[2]}, true, false};
  const bool fits_last = IsChannels(shape[3]);
  const bool fits_first = IsChannels(shape[1]);
  if (fits_last && !fits_first) {
    return Layout{{shape[3], shape[1], shape[2]}, true, true};
  }
  if (fits_first && !fits_last) {
    return Layout{{shape[1], shape[2], shape[3]}, true, false};
  }
  if (!fits_last) {
    return Refused(name,
                   "expected pictures [R, H, W, C] or [R, C, H, W] of 1 or 3 "
                   "channels, got ",
                   ShapeText(shape));
  }
  return Refused(
      name, "expected pictures with the channels first or last, got ",
      ShapeText(shape),
      ", which may be either: save grey pictures as [R, H, W], and pad "
      "colour ones to more than 3 pixels a side");
}

absl::StatusOr<Layout> FindLayout(absl::string_view name, const Array& array) {
  const std::vector<int64_t>& shape = array.shape;
  if (shape[0] > kMaxRows) {
    return Refused(name, "expected at most ", kMaxRows, " rows, got ",
                   shape[0]);
  }
  if (shape.size() == 1) return Layout{{1}};
  if (shape.size() == 2) return Layout{{shape[1]}};
  if (shape.size() > 4) {
    return Refused(name,
                   "expected rows [R, F], or pictures [R, H, W], [R, H, W, C] "
                   "or [R, C, H, W], got ",
                   ShapeText(shape));
  }
  HG_ASSIGN_OR_RETURN(Layout layout, PictureLayout(name, shape));
  if (layout.row_shape[1] > kMaxImageSide ||
      layout.row_shape[2] > kMaxImageSide) {
    return Refused(name, "expected pictures of at most ", kMaxImageSide, " x ",
                   kMaxImageSide, " pixels, got ", ShapeText(shape));
  }
  if (array.is_integer() && !array.is_bytes()) {
    return Refused(name, "expected pictures of uint8 or of floats, got ",
                   array.type, ": save x.astype('uint8')");
  }
  return layout;
}

std::string LayoutNote(absl::string_view name, const Array& array,
                       const Layout& layout) {
  std::string note =
      absl::StrCat(name, ": ", array.type, " ", ShapeText(array.shape),
                   " is read as ", array.shape[0]);
  if (!layout.is_picture) {
    absl::StrAppend(&note, " rows of ", layout.row_shape[0],
                    layout.row_shape[0] == 1 ? " number" : " numbers");
    return note;
  }
  absl::StrAppend(&note, layout.row_shape[0] == 1 ? " grey" : " colour",
                  " pictures of ", layout.row_shape[2], " x ",
                  layout.row_shape[1], " pixels (width x height)");
  if (array.shape.size() == 4) {
    absl::StrAppend(&note, ", channels ",
                    layout.is_channels_last ? "last" : "first");
  }
  if (!array.is_bytes()) {
    absl::StrAppend(&note, ", its numbers as they are");
  }
  return note;
}

// [R, P, C] to [R, C, P].
template <typename T>
std::vector<T> ChannelsFirst(const std::vector<T>& numbers, int64_t rows,
                             int64_t channels) {
  const int64_t row = static_cast<int64_t>(numbers.size()) / rows;
  const int64_t area = row / channels;
  std::vector<T> planes(numbers.size());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < row; ++i) {
      planes[r * row + (i % channels) * area + i / channels] =
          numbers[r * row + i];
    }
  }
  return planes;
}

absl::Status CheckFinite(absl::string_view name,
                         const std::vector<double>& values, int64_t rows) {
  const auto wrong =
      std::find_if(values.begin(), values.end(), [](double value) {
        return !(std::abs(value) <= std::numeric_limits<float>::max());
      });
  if (wrong == values.end()) return absl::OkStatus();
  const int64_t row_size = static_cast<int64_t>(values.size()) / rows;
  return Refused(name, "row ", (wrong - values.begin()) / row_size,
                 " (counted from 0): expected finite numbers within float32's "
                 "range, got ",
                 *wrong);
}

// Bytes are numbers, too.
std::vector<double> TakeValues(Array* array) {
  if (!array->is_bytes()) return std::move(array->values);
  return std::vector<double>(array->bytes.begin(), array->bytes.end());
}

absl::Status TakeLabels(absl::string_view name,
                        const std::vector<double>& values, Dataset* dataset) {
  int64_t classes = 0;
  for (size_t row = 0; row < values.size(); ++row) {
    if (values[row] < 0 || values[row] >= kMaxClasses) {
      return Refused(name, "row ", row,
                     " (counted from 0): expected a label, a whole number from "
                     "0 to ",
                     kMaxClasses - 1, ", got ", values[row],
                     "; save numbers that are no classes as floats");
    }
    dataset->labels.push_back(static_cast<int64_t>(values[row]));
    classes = std::max(classes, dataset->labels.back() + 1);
  }
  for (int64_t i = 0; i < classes; ++i) {
    dataset->class_names.push_back(absl::StrCat(i));
  }
  return absl::OkStatus();
}

}  // namespace

bool IsNpyPath(absl::string_view path) {
  return absl::EndsWithIgnoreCase(path, ".npy");
}

bool IsNpzPath(absl::string_view path) {
  return absl::EndsWithIgnoreCase(path, ".npz");
}

absl::StatusOr<Dataset> RowsOf(absl::string_view name, Array array) {
  HG_ASSIGN_OR_RETURN(const Layout layout, FindLayout(name, array));
  Dataset dataset;
  dataset.rows = array.shape[0];
  dataset.row_shape = layout.row_shape;
  dataset.notes.push_back(LayoutNote(name, array, layout));
  const bool is_pixels = layout.is_picture && array.is_bytes();
  if (is_pixels) {
    dataset.pixels = std::move(array.bytes);
  } else {
    dataset.values = TakeValues(&array);
    HG_RETURN_IF_ERROR(CheckFinite(name, dataset.values, dataset.rows));
  }
  if (layout.is_channels_last && layout.row_shape[0] > 1) {
    const int64_t channels = layout.row_shape[0];
    if (is_pixels) {
      dataset.pixels = ChannelsFirst(dataset.pixels, dataset.rows, channels);
    } else {
      dataset.values = ChannelsFirst(dataset.values, dataset.rows, channels);
    }
  }
  return dataset;
}

absl::Status TakeTruth(absl::string_view name, Array array, Dataset* dataset) {
  if (array.shape[0] != dataset->rows) {
    return Refused(name, "expected ", dataset->rows,
                   " rows, as many as there are inputs, got ", array.shape[0]);
  }
  const int64_t size = array.shape.size() == 2 ? array.shape[1] : 1;
  if (array.shape.size() > 2 || (array.is_integer() && size != 1)) {
    return Refused(name,
                   "expected integers [R], which are labels, or floats [R] or "
                   "[R, K], which are target values, got ",
                   array.type, " ", ShapeText(array.shape));
  }
  std::vector<double> values = TakeValues(&array);
  if (array.is_integer()) return TakeLabels(name, values, dataset);
  HG_RETURN_IF_ERROR(CheckFinite(name, values, dataset->rows));
  dataset->targets = std::move(values);
  dataset->target_size = size;
  return absl::OkStatus();
}

absl::StatusOr<Dataset> ReadNpyRows(const std::string& path) {
  HG_ASSIGN_OR_RETURN(
      const std::string bytes,
      ReadWholeFile(path, kMaxDatasetBytes + kMaxArrayHeaderBytes));
  HG_ASSIGN_OR_RETURN(Array array, ParseNpy(path, bytes));
  return RowsOf(path, std::move(array));
}

absl::StatusOr<Dataset> ReadNpzSplit(const std::string& path, Split split) {
  HG_ASSIGN_OR_RETURN(const NpzFile npz, NpzFile::Open(path));
  if (!npz.Has("x_train") && !npz.Has("x_test")) {
    return Refused(path,
                   "expected arrays named x_train and y_train, and x_test and "
                   "y_test for a test split, got ",
                   npz.names().empty() ? "none" : ShownNames(npz.names()));
  }
  const bool is_train = split == Split::kTrain;
  const std::string x = is_train ? "x_train" : "x_test";
  const std::string y = is_train ? "y_train" : "y_test";
  if (!npz.Has(x)) {
    return absl::NotFoundError(absl::StrCat(path, ": has no array ", x));
  }
  HG_ASSIGN_OR_RETURN(Array inputs, npz.Read(x));
  HG_ASSIGN_OR_RETURN(Dataset dataset,
                      RowsOf(absl::StrCat(path, ": ", x), std::move(inputs)));
  if (!npz.Has(y)) return dataset;
  HG_ASSIGN_OR_RETURN(Array truth, npz.Read(y));
  HG_RETURN_IF_ERROR(
      TakeTruth(absl::StrCat(path, ": ", y), std::move(truth), &dataset));
  return dataset;
}

}  // namespace hypergan::data
