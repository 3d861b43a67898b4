#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"

namespace hypergan {

// The least integer that is not the only one its float64 may stand for. jq,
// JavaScript and others read the numbers of JSON as float64.
inline constexpr uint64_t kFirstRoundedInteger = uint64_t{1} << 53;

// `value` as JSON that every reader takes for exactly that: a number, or its
// digits as text where a float64 may lose some of them.
template <std::integral Integer>
nlohmann::ordered_json JsonInteger(Integer value) {
  const bool exact =
      std::cmp_less(value, kFirstRoundedInteger) &&
      std::cmp_greater(value, -static_cast<int64_t>(kFirstRoundedInteger));
  if (exact) return value;
  return std::to_string(value);
}

}  // namespace hypergan
