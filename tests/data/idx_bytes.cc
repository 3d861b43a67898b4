#include "tests/data/idx_bytes.h"

#include <zlib.h>

#include "absl/strings/str_cat.h"

namespace hypergan::data {

std::string Gzip(absl::string_view bytes) {
  z_stream stream = {};
  constexpr int kGzip = 15 + 16;
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 8,
               Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(number >> shift));
  }
  return bytes;
}

std::string IdxImages(uint32_t rows, uint32_t height, uint32_t width,
                      absl::string_view pixels) {
  return absl::StrCat(BigEndian(0x803), BigEndian(rows), BigEndian(height),
                      BigEndian(width), pixels);
}

std::string IdxLabels(uint32_t rows, absl::string_view labels) {
  return absl::StrCat(BigEndian(0x801), BigEndian(rows), labels);
}

}  // namespace hypergan::data
