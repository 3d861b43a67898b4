#include "tests/data/tar_bytes.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hypergan::data {
namespace {

void Put(absl::string_view text, size_t at, std::string& header) {
  header.replace(at, text.size(), text.data(), text.size());
}

// Its own sum counts as spaces.
void PutCheckSum(std::string& header) {
  Put("        ", 148, header);
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  Put(absl::StrFormat("%06o", sum), 148, header);
  header[154] = '\0';
}

std::string Padded(absl::string_view contents) {
  return absl::StrCat(contents,
                      std::string((512 - contents.size() % 512) % 512, '\0'));
}

}  // namespace

std::string TarHeader(absl::string_view path, size_t size, char type,
                      absl::string_view target) {
  std::string header(512, '\0');
  Put(path.substr(0, 100), 0, header);
  Put("0000644", 100, header);
  Put("0000000", 108, header);
  Put("0000000", 116, header);
  Put(absl::StrFormat("%011o", size), 124, header);
  Put("00000000000", 136, header);
  header[156] = type;
  Put(target, 157, header);
  Put(absl::string_view("ustar\00000", 8), 257, header);
  PutCheckSum(header);
  return header;
}

std::string TarEntryBytes(absl::string_view path, absl::string_view contents,
                          char type, absl::string_view target) {
  return TarHeader(path, contents.size(), type, target) + Padded(contents);
}

std::string TarSparseBytes(absl::string_view path, absl::string_view contents,
                           size_t size) {
  std::string header = TarHeader(path, contents.size(), 'S');
  Put(absl::string_view("ustar  \0", 8), 257, header);
  Put(absl::StrFormat("%011o", 0), 386, header);                // begins
  Put(absl::StrFormat("%011o", contents.size()), 398, header);  // is as long
  Put(absl::StrFormat("%011o", size), 483, header);
  PutCheckSum(header);
  return header + Padded(contents);
}

std::string TarEnd() { return std::string(1024, '\0'); }

}  // namespace hypergan::data
