#include "tests/data/tar_bytes.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hypergan::data {

std::string TarHeader(absl::string_view path, size_t size, char type,
                      absl::string_view target) {
  std::string header(512, '\0');
  const auto put = [&header](size_t at, absl::string_view text) {
    header.replace(at, text.size(), text.data(), text.size());
  };
  put(0, path.substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, absl::StrFormat("%011o", size));
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(157, target);
  put(257, absl::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(148, absl::StrFormat("%06o", sum));
  header[154] = '\0';
  return header;
}

std::string TarEntryBytes(absl::string_view path, absl::string_view contents,
                          char type, absl::string_view target) {
  const size_t padding = (512 - contents.size() % 512) % 512;
  return absl::StrCat(TarHeader(path, contents.size(), type, target), contents,
                      std::string(padding, '\0'));
}

std::string TarEnd() { return std::string(1024, '\0'); }

}  // namespace hypergan::data
