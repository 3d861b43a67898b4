#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace hypergan::server {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);
static_assert(std::numeric_limits<double>::is_iec559 && sizeof(double) == 8);

// Numbers as little-endian bytes. Byte by byte, so that the order is the same
// on any machine; compilers make one load or store of it.

// An unsigned integer of a number's size.
template <typename Number>
using BitsOf =
    std::conditional_t<sizeof(Number) == 8, uint64_t,
                       std::conditional_t<sizeof(Number) == 4, uint32_t, void>>;

template <typename Number>
Number LoadLittleEndian(const char* bytes) {
  BitsOf<Number> bits = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) {
    bits |= BitsOf<Number>{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  return std::bit_cast<Number>(bits);
}

template <typename Number>
void StoreLittleEndian(Number value, char* bytes) {
  const auto bits = std::bit_cast<BitsOf<Number>>(value);
  for (size_t i = 0; i < sizeof(Number); ++i) {
    bytes[i] = static_cast<char>(bits >> (8 * i));
  }
}

// raw.size() must be a multiple of 4.
inline std::vector<float> FloatsOf(absl::string_view raw) {
  std::vector<float> values(raw.size() / sizeof(float));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = LoadLittleEndian<float>(&raw[sizeof(float) * i]);
  }
  return values;
}

template <typename Number>
std::string BytesOf(absl::Span<const Number> values) {
  std::string raw(sizeof(Number) * values.size(), '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    StoreLittleEndian(values[i], &raw[sizeof(Number) * i]);
  }
  return raw;
}

}  // namespace hypergan::server
