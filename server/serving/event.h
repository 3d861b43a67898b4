#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/types/span.h"

namespace hypergan::server {

// A value and its name, as a line of the log has them. The name is a word of
// ours; a string may come from anywhere.
struct Field {
  std::string_view name;
  std::variant<std::string_view, int64_t, uint64_t, double> value;
};

// Of one string in a line; the rest is cut.
inline constexpr size_t kMaxFieldBytes = 512;

// Takes one event, whose first field says what it is. Thread-safe.
using EventLog = std::function<void(absl::Span<const Field> fields)>;

// "name=value name=value": the form that is known as logfmt. A string of
// [A-Za-z0-9._:/@%+-] stands as it is, any other in double quotes with
// everything but printable ASCII escaped.
std::string TextOf(absl::Span<const Field> fields);

// One JSON object, its strings escaped in the same way.
std::string JsonOf(absl::Span<const Field> fields,
                   size_t max_field_bytes = kMaxFieldBytes);

}  // namespace hypergan::server
