#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hypergan {

// How many bytes the character of UTF-8 that `text` begins with has; 0 for a
// control character, and for bytes that are no UTF-8.
inline size_t ReadableCharacter(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  unsigned code = first & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr unsigned kLeast[] = {0, 0, 0xa0, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  const bool is_line_end = code == 0x2028 || code == 0x2029;
  // Marks that turn the direction of what follows.
  const bool turns =
      (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  const bool is_good = first >= 0xc2 && first <= 0xf4 && code >= kLeast[size] &&
                       code <= 0x10ffff && !is_surrogate && !is_line_end &&
                       !turns;
  return is_good ? size : 0;
}

// `text`, which may hold names and bytes of files, as one line that a terminal
// or a log can show: control characters and bytes that are no UTF-8 as \xNN,
// cut to about `max_bytes` with "..." in place of the rest.
inline std::string Readable(std::string_view text, size_t max_bytes = 1024) {
  std::string readable;
  while (!text.empty()) {
    if (readable.size() >= max_bytes) return readable + "...";
    const size_t size = ReadableCharacter(text);
    if (size > 0) {
      readable.append(text.substr(0, size));
    } else {
      absl::StrAppendFormat(&readable, "\\x%02x",
                            static_cast<unsigned char>(text.front()));
    }
    text.remove_prefix(size > 0 ? size : 1);
  }
  return readable;
}

// The same error with a readable message.
inline absl::Status Readable(const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      Readable(std::string_view(status.message().data(),
                                                status.message().size())));
}

}  // namespace hypergan
