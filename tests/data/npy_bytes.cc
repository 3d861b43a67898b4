#include "tests/data/npy_bytes.h"

#include <zip.h>

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace hypergan::data {

std::string NpyFile(absl::string_view header, absl::string_view body,
                    int version) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  const size_t length_bytes = version == 1 ? 2 : 4;
  for (size_t i = 0; i < length_bytes; ++i) {
    bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  }
  return absl::StrCat(bytes, header, body);
}

std::string NpyBytes(absl::string_view descr, absl::string_view shape,
                     absl::string_view body) {
  return NpyFile(
      absl::StrCat("{'descr': '", descr,
                   "', 'fortran_order': False, 'shape': ", shape, ", }   \n"),
      body);
}

void WriteZip(const std::string& path,
              const std::vector<std::pair<std::string, std::string>>& entries) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  for (const auto& [name, bytes] : entries) {
    zip_source_t* source =
        zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  }
  zip_close(archive);
}

}  // namespace hypergan::data
