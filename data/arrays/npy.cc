#include "data/arrays/npy.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr absl::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxNpyHeaderBytes = size_t{1} << 16;
constexpr size_t kMaxDimensions = 8;
constexpr size_t kShownNpyBytes = 40;

std::string Shown(absl::string_view text) {
  return Quoted({text.data(), text.size()}, kShownNpyBytes);
}

// What a header states.
struct Header {
  std::string descr;  // as '<f4'
  std::vector<int64_t> shape;
  bool is_fortran = false;
};

// Reads a header, the text of a Python dictionary, from front to back.
class HeaderText {
 public:
  explicit HeaderText(absl::string_view text) : rest_(text) {}

  absl::StatusOr<Header> Read();

 private:
  absl::Status Wrong(absl::string_view expected) const {
    return absl::InvalidArgumentError(
        absl::StrCat("damaged header: expected ", expected, ", got ",
                     rest_.empty() ? "its end" : Shown(rest_)));
  }
  bool Take(absl::string_view token) {
    rest_ = absl::StripLeadingAsciiWhitespace(rest_);
    return absl::ConsumePrefix(&rest_, token);
  }
  absl::StatusOr<std::string> ReadText();
  absl::StatusOr<bool> ReadTruth();
  absl::StatusOr<int64_t> ReadSize();
  absl::StatusOr<std::vector<int64_t>> ReadShape();
  absl::Status ReadValue(const std::string& key, Header* header);

  absl::string_view rest_;
};

absl::StatusOr<std::string> HeaderText::ReadText() {
  for (const absl::string_view quote : {"'", "\""}) {
    if (!Take(quote)) continue;
    const size_t end = rest_.find(quote);
    if (end == rest_.npos) break;
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  return Wrong("text in quotes");
}

absl::StatusOr<bool> HeaderText::ReadTruth() {
  if (Take("True")) return true;
  if (Take("False")) return false;
  return Wrong("True or False");
}

absl::StatusOr<int64_t> HeaderText::ReadSize() {
  rest_ = absl::StripLeadingAsciiWhitespace(rest_);
  size_t digits = 0;
  while (digits < rest_.size() && absl::ascii_isdigit(rest_[digits])) ++digits;
  int64_t size = 0;
  if (!absl::SimpleAtoi(rest_.substr(0, digits), &size)) {
    return Wrong("a whole number");
  }
  rest_.remove_prefix(digits);
  return size;
}

absl::StatusOr<std::vector<int64_t>> HeaderText::ReadShape() {
  std::vector<int64_t> shape;
  if (!Take("(")) return Wrong("a shape in parentheses");
  while (!Take(")")) {
    if (shape.size() == kMaxDimensions) {
      return absl::InvalidArgumentError(absl::StrCat(
          "expected at most ", kMaxDimensions, " dimensions, got more"));
    }
    HG_ASSIGN_OR_RETURN(const int64_t size, ReadSize());
    shape.push_back(size);
    if (Take(",")) continue;
    if (!Take(")")) return Wrong("')'");
    break;
  }
  return shape;
}

absl::Status HeaderText::ReadValue(const std::string& key, Header* header) {
  if (key == "descr") {
    if (Take("[")) {
      return absl::InvalidArgumentError(
          "expected numbers of one type, got records of several fields: save "
          "an array of one type");
    }
    HG_ASSIGN_OR_RETURN(header->descr, ReadText());
  } else if (key == "fortran_order") {
    HG_ASSIGN_OR_RETURN(header->is_fortran, ReadTruth());
  } else if (key == "shape") {
    HG_ASSIGN_OR_RETURN(header->shape, ReadShape());
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("damaged header: expected the keys descr, fortran_order "
                     "and shape, got ",
                     Shown(key)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Header> HeaderText::Read() {
  Header header;
  int keys = 0;
  if (!Take("{")) return Wrong("'{'");
  while (!Take("}")) {
    HG_ASSIGN_OR_RETURN(const std::string key, ReadText());
    if (!Take(":")) return Wrong("':'");
    HG_RETURN_IF_ERROR(ReadValue(key, &header));
    ++keys;
    if (Take(",")) continue;
    if (!Take("}")) return Wrong("'}'");
    break;
  }
  if (keys == 3 && !header.descr.empty()) return header;
  return absl::InvalidArgumentError(
      "damaged header: expected descr, fortran_order and shape, once each");
}

template <typename T>
void ToDoubles(absl::string_view body, std::vector<double>* values) {
  values->resize(body.size() / sizeof(T));
  for (size_t i = 0; i < values->size(); ++i) {
    T number;
    std::memcpy(&number, body.data() + i * sizeof(T), sizeof(T));
    (*values)[i] = static_cast<double>(number);
  }
}

struct NumberType {
  absl::string_view code;  // as in descr, without the byte order
  absl::string_view name;
  int64_t size;  // bytes
  void (*to_doubles)(absl::string_view, std::vector<double>*);
};

constexpr NumberType kTypes[] = {
    {"b1", "bool", 1, ToDoubles<uint8_t>},
    {"u1", "uint8", 1, nullptr},
    {"u2", "uint16", 2, ToDoubles<uint16_t>},
    {"u4", "uint32", 4, ToDoubles<uint32_t>},
    {"i1", "int8", 1, ToDoubles<int8_t>},
    {"i2", "int16", 2, ToDoubles<int16_t>},
    {"i4", "int32", 4, ToDoubles<int32_t>},
    {"i8", "int64", 8, ToDoubles<int64_t>},
    {"f4", "float32", 4, ToDoubles<float>},
    {"f8", "float64", 8, ToDoubles<double>},
};

absl::StatusOr<NumberType> FindType(absl::string_view descr) {
  const absl::string_view code = descr.substr(descr.empty() ? 0 : 1);
  const bool is_big_endian = absl::StartsWith(descr, ">");
  for (const NumberType& type : kTypes) {
    if (type.code != code) continue;
    if (!is_big_endian || type.size == 1) return type;
    return absl::InvalidArgumentError(
        absl::StrCat("expected little-endian numbers, got ", Shown(descr),
                     ": save x.astype('", type.name, "')"));
  }
  if (absl::StartsWith(code, "O")) {
    return absl::InvalidArgumentError(
        "expected numbers, got objects, which are a pickle, a program that "
        "reading would run: save an array of numbers, as "
        "x.astype('float32')");
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "expected numbers of type bool, uint8 to uint32, int8 to int64, float32 "
      "or float64, got ",
      Shown(descr), ": save x.astype('float32')"));
}

// Splits a file into its header's text and what follows.
absl::StatusOr<std::pair<absl::string_view, absl::string_view>> SplitFile(
    absl::string_view bytes) {
  if (!absl::StartsWith(bytes, kMagic) || bytes.size() < kMagic.size() + 2) {
    return absl::InvalidArgumentError("expected a file as numpy.save writes");
  }
  const int version = static_cast<unsigned char>(bytes[kMagic.size()]);
  if (version < 1 || version > 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected format 1.0 to 3.0 of numpy.save, got ", version));
  }
  bytes.remove_prefix(kMagic.size() + 2);
  const size_t length_bytes = version == 1 ? 2 : 4;
  uint32_t length = 0;
  if (bytes.size() < length_bytes) {
    return absl::DataLossError("ended early: expected a header");
  }
  std::memcpy(&length, bytes.data(), length_bytes);
  bytes.remove_prefix(length_bytes);
  if (length > kMaxNpyHeaderBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a header of at most ", kMaxNpyHeaderBytes,
                     " bytes, got ", length));
  }
  if (length > bytes.size()) {
    return absl::DataLossError(
        absl::StrCat("ended early: expected a header of ", length,
                     " bytes, got ", bytes.size()));
  }
  return std::make_pair(bytes.substr(0, length), bytes.substr(length));
}

// Of an array that fits into memory as float64.
absl::StatusOr<int64_t> CountOf(const std::vector<int64_t>& shape) {
  constexpr int64_t kMaxNumbers = kMaxDatasetBytes / int64_t{sizeof(double)};
  if (shape.empty()) {
    return absl::InvalidArgumentError("expected rows, got a single number");
  }
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 1) {
      return absl::InvalidArgumentError(
          "expected dimensions of 1 or more, got 0");
    }
    if (size > kMaxNumbers / count) {
      return absl::InvalidArgumentError(
          absl::StrCat("expected at most ", kMaxNumbers, " numbers, got more"));
    }
    count *= size;
  }
  return count;
}

absl::StatusOr<Array> Parse(absl::string_view bytes) {
  HG_ASSIGN_OR_RETURN(const auto parts, SplitFile(bytes));
  HG_ASSIGN_OR_RETURN(Header header, HeaderText(parts.first).Read());
  HG_ASSIGN_OR_RETURN(const NumberType type, FindType(header.descr));
  HG_ASSIGN_OR_RETURN(const int64_t count, CountOf(header.shape));
  if (header.is_fortran && header.shape.size() > 1) {
    return absl::InvalidArgumentError(
        "expected C order, got Fortran order: save numpy.ascontiguousarray(x)");
  }
  const absl::string_view body = parts.second;
  if (static_cast<int64_t>(body.size()) != count * type.size) {
    return absl::DataLossError(absl::StrCat("expected ", count * type.size,
                                            " bytes behind the header, by its "
                                            "shape and type, got ",
                                            body.size()));
  }
  Array array;
  array.shape = std::move(header.shape);
  array.type = std::string(type.name);
  if (array.is_bytes()) {
    array.bytes.assign(body.begin(), body.end());
  } else {
    type.to_doubles(body, &array.values);
  }
  return array;
}

}  // namespace

absl::StatusOr<Array> ParseNpy(absl::string_view name,
                               absl::string_view bytes) {
  return Named(name, Parse(bytes));
}

}  // namespace hypergan::data
