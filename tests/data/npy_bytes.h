#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace hypergan::data {

// An .npy file of format `version`.0: `header` is its dictionary, `body` what
// follows.
std::string NpyFile(absl::string_view header, absl::string_view body,
                    int version = 1);

// The same in C order, as "(2, 3)" and "<f4" say.
std::string NpyBytes(absl::string_view descr, absl::string_view shape,
                     absl::string_view body);

// Numbers as they are in memory.
template <typename T>
std::string Raw(const std::vector<T>& numbers) {
  static_assert(std::is_arithmetic_v<T>);
  return {reinterpret_cast<const char*>(numbers.data()),
          numbers.size() * sizeof(T)};
}

// Writes a zip archive of these entries, names and bytes, compressed by
// deflate, to `path`.
void WriteZip(const std::string& path,
              const std::vector<std::pair<std::string, std::string>>& entries);

}  // namespace hypergan::data
