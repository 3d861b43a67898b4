#include "data/idx.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "data/input_file.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

// Two zero bytes, 8 for unsigned bytes, then the number of dimensions.
constexpr uint32_t kImagesMagic = 0x0803;
constexpr uint32_t kLabelsMagic = 0x0801;

absl::StatusOr<uint32_t> ReadBigEndian(InputFile& file) {
  std::array<uint8_t, 4> bytes;
  HG_RETURN_IF_ERROR(file.Read(absl::MakeSpan(bytes)));
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 |
         uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

absl::Status ExpectMagic(InputFile& file, uint32_t expected) {
  HG_ASSIGN_OR_RETURN(uint32_t magic, ReadBigEndian(file));
  if (magic == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s: not an IDX file of %s: expected magic number 0x%08x, got 0x%08x",
      file.path(), expected == kImagesMagic ? "images" : "labels", expected,
      magic));
}

// A dimension of the header, in 1..limit.
absl::StatusOr<int64_t> ReadDimension(InputFile& file, const char* what,
                                      int64_t limit) {
  HG_ASSIGN_OR_RETURN(uint32_t size, ReadBigEndian(file));
  if (size >= 1 && size <= limit) return size;
  return absl::InvalidArgumentError(absl::StrCat(
      file.path(), ": expected 1 to ", limit, " ", what, ", got ", size));
}

// All that follows the header, which states that it is `bytes` long.
absl::StatusOr<std::vector<uint8_t>> ReadBody(InputFile& file, int64_t bytes) {
  HG_RETURN_IF_ERROR(file.ExpectRemaining(bytes));
  std::vector<uint8_t> body(static_cast<size_t>(bytes));
  HG_RETURN_IF_ERROR(file.Read(absl::MakeSpan(body)));
  HG_RETURN_IF_ERROR(file.ExpectEnd());
  return body;
}

absl::StatusOr<Dataset> ReadIdxImages(const std::string& path) {
  HG_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  HG_RETURN_IF_ERROR(ExpectMagic(file, kImagesMagic));
  HG_ASSIGN_OR_RETURN(int64_t rows, ReadDimension(file, "rows", kMaxRows));
  HG_ASSIGN_OR_RETURN(int64_t height,
                      ReadDimension(file, "pixels of height", kMaxImageSide));
  HG_ASSIGN_OR_RETURN(int64_t width,
                      ReadDimension(file, "pixels of width", kMaxImageSide));
  Dataset dataset;
  dataset.row_shape = {1, height, width};
  dataset.rows = rows;
  // At most 2^26 * 2^12 * 2^12: no overflow.
  HG_ASSIGN_OR_RETURN(dataset.pixels, ReadBody(file, rows * height * width));
  return dataset;
}

}  // namespace

absl::StatusOr<Dataset> ReadIdx(const std::string& images_path,
                                const std::string& labels_path) {
  absl::StatusOr<Dataset> dataset = ReadIdxImages(images_path);
  if (!dataset.ok() || labels_path.empty()) return dataset;
  HG_ASSIGN_OR_RETURN(std::vector<int64_t> labels, ReadIdxLabels(labels_path));
  if (static_cast<int64_t>(labels.size()) != dataset->rows) {
    return absl::InvalidArgumentError(
        absl::StrCat(labels_path, ": expected ", dataset->rows,
                     " labels, one for each image of ", images_path, ", got ",
                     labels.size()));
  }
  dataset->labels = std::move(labels);
  return dataset;
}

absl::StatusOr<std::vector<int64_t>> ReadIdxLabels(const std::string& path) {
  HG_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  HG_RETURN_IF_ERROR(ExpectMagic(file, kLabelsMagic));
  HG_ASSIGN_OR_RETURN(int64_t rows, ReadDimension(file, "labels", kMaxRows));
  HG_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, ReadBody(file, rows));
  return std::vector<int64_t>(bytes.begin(), bytes.end());
}

}  // namespace hypergan::data
