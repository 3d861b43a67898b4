#include "trainer/report/drawing/png.h"

#include <zlib.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace hypergan::trainer::report {
namespace {

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift : {24, 16, 8, 0}) {
    bytes.push_back(static_cast<char>(number >> shift & 0xff));
  }
  return bytes;
}

const Bytef* Data(const std::string& bytes) {
  return reinterpret_cast<const Bytef*>(bytes.data());
}

// Length, kind, content, and the CRC of kind and content.
std::string Chunk(absl::string_view kind, const std::string& content) {
  const std::string checked = absl::StrCat(kind, content);
  const uLong crc = crc32(0, Data(checked), static_cast<uInt>(checked.size()));
  return absl::StrCat(BigEndian(static_cast<uint32_t>(content.size())), checked,
                      BigEndian(static_cast<uint32_t>(crc)));
}

// A row's bytes, each after the filter's number: 0, none.
std::string Rows(const Picture& picture) {
  const auto stride = static_cast<size_t>(picture.width * picture.channels);
  std::string rows;
  for (size_t begin = 0; begin + stride <= picture.pixels.size();
       begin += stride) {
    rows.push_back('\0');
    rows.append(reinterpret_cast<const char*>(picture.pixels.data()) + begin,
                stride);
  }
  return rows;
}

std::string Deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string deflated(size, '\0');
  // Cannot fail but for want of memory: the room is enough for any bytes.
  if (compress2(reinterpret_cast<Bytef*>(deflated.data()), &size, Data(bytes),
                static_cast<uLong>(bytes.size()), 9) != Z_OK) {
    return "";
  }
  deflated.resize(size);
  return deflated;
}

}  // namespace

std::string PngBytes(const Picture& picture) {
  const char colour = picture.channels == 3 ? 2 : 0;  // RGB, grey
  std::string header =
      absl::StrCat(BigEndian(static_cast<uint32_t>(picture.width)),
                   BigEndian(static_cast<uint32_t>(picture.height)));
  // Bits a channel, colour; compression, filter and interlacing have one value.
  header.append({8, colour, 0, 0, 0});
  return absl::StrCat("\x89PNG\r\n\x1a\n", Chunk("IHDR", header),
                      Chunk("IDAT", Deflated(Rows(picture))),
                      Chunk("IEND", ""));
}

}  // namespace hypergan::trainer::report
