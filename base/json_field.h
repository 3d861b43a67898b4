#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace hypergan {

// The library writes and copies by recursion.
inline constexpr int kMaxJsonDepth = 64;

// Whether brackets in `text`, outside of strings, nest beyond kMaxJsonDepth.
inline bool NestsTooDeep(absl::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// `text` as a JSON object. INVALID_ARGUMENT, starting with `what`, otherwise,
// and where it nests too deep.
inline absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text,
                                                absl::string_view what) {
  if (NestsTooDeep(text)) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, ": expected JSON of at most ", kMaxJsonDepth, " levels"));
  }
  nlohmann::json json =
      nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, ": expected a JSON object, got ",
        text.empty()          ? "nothing, for it is empty"
        : json.is_discarded() ? "text that is not JSON, or is cut short"
                              : json.type_name()));
  }
  return json;
}

// Whether `value` is a T as it stands. The library itself would read true as 1,
// 1.5 as 1 and 2^64 - 1 as -1, in lists as well.
template <typename T>
struct JsonIs {
  static bool Value(const nlohmann::json& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return value.is_boolean();
    } else if constexpr (std::is_integral_v<T>) {
      if (value.is_number_unsigned()) {
        return std::in_range<T>(value.get<uint64_t>());
      }
      return value.is_number_integer() &&
             std::in_range<T>(value.get<int64_t>());
    } else if constexpr (std::is_floating_point_v<T>) {
      return value.is_number();
    } else if constexpr (std::is_same_v<T, std::string>) {
      return value.is_string();
    } else {
      return std::is_same_v<T, nlohmann::json>;
    }
  }
};
template <typename T>
struct JsonIs<std::vector<T>> {
  static bool Value(const nlohmann::json& value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), JsonIs<T>::Value);
  }
};
template <typename T>
struct JsonIs<std::map<std::string, T>> {
  static bool Value(const nlohmann::json& value) {
    return value.is_object() &&
           std::all_of(value.begin(), value.end(), JsonIs<T>::Value);
  }
};

// Field `name` of `object` as a T. INVALID_ARGUMENT, naming the field, if it is
// of another type, or missing without a `fallback`.
template <typename T>
absl::StatusOr<T> JsonField(const nlohmann::json& object, const char* name,
                            std::optional<T> fallback = std::nullopt) {
  if (!object.is_object() || !object.contains(name)) {
    if (fallback) return *std::move(fallback);
    return absl::InvalidArgumentError(
        absl::StrCat("missing field '", name, "'"));
  }
  const nlohmann::json& value = object.at(name);
  if (JsonIs<T>::Value(value)) return value.get<T>();
  return absl::InvalidArgumentError(
      absl::StrCat("field '", name, "' has the wrong type"));
}

}  // namespace hypergan
