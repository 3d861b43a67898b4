#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace hypergan::data {

// A folder of the test's own that vanishes with it.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(absl::string_view name) const;

  // Writes a file, its folders included, and returns its path.
  std::string Write(absl::string_view name, absl::string_view bytes) const;

 private:
  std::string path_;
};

// `bytes` as a gzip file holds them.
std::string Gzip(absl::string_view bytes);

// Four bytes, the greatest first.
std::string BigEndian(uint32_t number);

// An IDX file of unsigned-byte images, and one of labels.
std::string IdxImages(uint32_t rows, uint32_t height, uint32_t width,
                      absl::string_view pixels);
std::string IdxLabels(uint32_t rows, absl::string_view labels);

}  // namespace hypergan::data
