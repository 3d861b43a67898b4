#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/strings/string_view.h"

// What libFuzzer calls, and replay.cc: one run of a target. Must be defined by
// each target.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace hypergan::fuzz {

inline absl::string_view Bytes(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the program unless `holds`: a finding.
inline void Expect(bool holds) {
  if (!holds) std::abort();
}

// The input's first byte, for options of the reader, and the rest.
inline std::pair<uint8_t, absl::string_view> TakeByte(absl::string_view input) {
  if (input.empty()) return {0, input};
  return {static_cast<uint8_t>(input[0]), input.substr(1)};
}

// Two files in one input. Two bytes, the lesser first, are the size of the
// first file.
inline std::pair<absl::string_view, absl::string_view> TakeTwo(
    absl::string_view input) {
  const auto [low, after] = TakeByte(input);
  const auto [high, rest] = TakeByte(after);
  const size_t size = low + 256 * size_t{high};
  return {rest.substr(0, size),
          rest.substr(size < rest.size() ? size : rest.size())};
}

}  // namespace hypergan::fuzz
