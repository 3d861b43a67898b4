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

// A line for a log or a terminal, whatever its parts come from: everything but
// printable ASCII escaped, cut to `max_bytes` of the original with "...".
inline std::string OneLine(std::string_view text, size_t max_bytes = 4096) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string line;
  for (const char c : text.substr(0, max_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte > 0x7e) {
      line += {'\\', 'x', kDigits[byte / 16], kDigits[byte % 16]};
    } else {
      line += c;
    }
  }
  return text.size() > max_bytes ? line + "..." : line;
}

// A word of a command for a POSIX shell, in single quotes where it needs them.
inline std::string ShellWord(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%"
      "+";
  if (!word.empty() &&
      word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace hypergan
