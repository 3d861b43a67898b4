#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/types/span.h"

namespace hypergan::server {

// One array of NumPy's.
struct NpzArray {
  std::string name;
  std::string type;            // as NumPy writes it: "<f4"
  std::vector<int64_t> shape;  // empty: a single number
  std::string bytes;           // little-endian, in C order

  // Of floats, doubles, or 64-bit integers.
  template <typename Number>
  static NpzArray Of(std::string name, std::vector<int64_t> shape,
                     absl::Span<const Number> numbers) {
    static_assert(std::is_arithmetic_v<Number>);
    const char* const type = std::is_same_v<Number, float>      ? "<f4"
                             : std::is_same_v<Number, double>   ? "<f8"
                             : std::is_same_v<Number, uint64_t> ? "<u8"
                                                                : "<i8";
    return {std::move(name), type, std::move(shape),
            std::string(reinterpret_cast<const char*>(numbers.data()),
                        numbers.size() * sizeof(Number))};
  }
  // A single text of printable ASCII.
  static NpzArray OfText(std::string name, std::string_view text);
};

// The bytes of an .npz file, as numpy.savez writes it: a zip archive of .npy
// files that are stored as they are. For less than 4 GiB and 1,000 arrays.
std::string NpzBytes(absl::Span<const NpzArray> arrays);

}  // namespace hypergan::server
