#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace hypergan::data {

// `bytes` as a gzip file holds them.
std::string Gzip(absl::string_view bytes);

// Four bytes, the greatest first.
std::string BigEndian(uint32_t number);

// An IDX file of unsigned-byte images, and one of labels.
std::string IdxImages(uint32_t rows, uint32_t height, uint32_t width,
                      absl::string_view pixels);
std::string IdxLabels(uint32_t rows, absl::string_view labels);

}  // namespace hypergan::data
