#include "server/serving/flagged/npz_bytes.h"

#include <zlib.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

// The header and the numbers before it take a multiple of so many bytes.
constexpr size_t kNpyAlignment = 64;
constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kCentralHeader = 0x02014b50;
constexpr uint32_t kEndOfCentral = 0x06054b50;
constexpr uint16_t kVersionNeeded = 20;
constexpr uint16_t kFirstOfJanuary1980 = (1 << 5) | 1;

template <typename Number>
void Append(std::string* bytes, Number number) {
  bytes->append(reinterpret_cast<const char*>(&number), sizeof(number));
}

std::string NpyBytes(const NpzArray& array) {
  std::string shape;
  for (const int64_t size : array.shape) absl::StrAppend(&shape, size, ", ");
  std::string header =
      absl::StrCat("{'descr': '", array.type,
                   "', 'fortran_order': False, 'shape': (", shape, "), }");
  std::string bytes("\x93NUMPY\x01\x00", 8);
  const size_t unpadded = bytes.size() + sizeof(uint16_t) + header.size() + 1;
  header.append((kNpyAlignment - unpadded % kNpyAlignment) % kNpyAlignment,
                ' ');
  header.push_back('\n');
  Append(&bytes, static_cast<uint16_t>(header.size()));
  return absl::StrCat(bytes, header, array.bytes);
}

// What a local header and the central directory say of an entry alike.
std::string EntryFacts(const std::string& name, const std::string& content) {
  const auto size = static_cast<uint32_t>(content.size());
  std::string facts;
  Append(&facts, kVersionNeeded);
  Append(&facts, uint16_t{0});  // no flags
  Append(&facts, uint16_t{0});  // stored
  Append(&facts, uint16_t{0});  // midnight
  Append(&facts, kFirstOfJanuary1980);
  Append(&facts, static_cast<uint32_t>(
                     crc32(0, reinterpret_cast<const Bytef*>(content.data()),
                           static_cast<uInt>(content.size()))));
  Append(&facts, size);  // compressed
  Append(&facts, size);
  Append(&facts, static_cast<uint16_t>(name.size()));
  Append(&facts, uint16_t{0});  // nothing extra
  return facts;
}

}  // namespace

NpzArray NpzArray::OfText(std::string name, std::string_view text) {
  NpzArray array{std::move(name),
                 absl::StrCat("<U", std::max<size_t>(text.size(), 1)),
                 {},
                 ""};
  for (const char letter : text) {
    Append(&array.bytes, static_cast<uint32_t>(letter & 0x7f));
  }
  if (text.empty()) Append(&array.bytes, uint32_t{0});
  return array;
}

std::string NpzBytes(absl::Span<const NpzArray> arrays) {
  std::string archive;
  std::string directory;
  for (const NpzArray& array : arrays) {
    const std::string name = absl::StrCat(array.name, ".npy");
    const std::string content = NpyBytes(array);
    const std::string facts = EntryFacts(name, content);
    Append(&directory, kCentralHeader);
    Append(&directory, kVersionNeeded);  // made by
    directory += facts;
    Append(&directory, uint16_t{0});  // no comment
    Append(&directory, uint16_t{0});  // the first disk
    Append(&directory, uint16_t{0});  // internal attributes
    Append(&directory, uint32_t{0});  // external attributes
    Append(&directory, static_cast<uint32_t>(archive.size()));
    directory += name;
    Append(&archive, kLocalHeader);
    absl::StrAppend(&archive, facts, name, content);
  }
  const auto start = static_cast<uint32_t>(archive.size());
  const auto count = static_cast<uint16_t>(arrays.size());
  archive += directory;
  Append(&archive, kEndOfCentral);
  Append(&archive, uint16_t{0});  // this disk
  Append(&archive, uint16_t{0});  // the directory's disk
  Append(&archive, count);        // entries on this disk
  Append(&archive, count);
  Append(&archive, static_cast<uint32_t>(directory.size()));
  Append(&archive, start);
  Append(&archive, uint16_t{0});  // no comment
  return archive;
}

}  // namespace hypergan::server
