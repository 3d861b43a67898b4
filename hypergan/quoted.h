#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace hypergan {

// A string from outside, fit for a log line or an error message: in single
// quotes, everything but printable ASCII escaped, cut to `max_bytes` of the
// original with "..." in place of the rest.
inline std::string Quoted(std::string_view text, size_t max_bytes = 64) {
  const bool whole = text.size() <= max_bytes;
  const std::string shown(text.substr(0, max_bytes));
  return absl::StrCat("'", absl::CHexEscape(shown), whole ? "'" : "...'");
}

}  // namespace hypergan
