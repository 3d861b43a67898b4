#pragma once

#include <string>

#include "absl/strings/string_view.h"

// Text by the width it takes on a screen: one column for each UTF-8 character.
namespace hypergan::client {

inline constexpr int kScreenColumns = 80;

int DisplayWidth(absl::string_view text);

// Exactly `width` columns: filled with blanks, or cut with a "~" at the end.
std::string PadRight(absl::string_view text, int width);
std::string PadLeft(absl::string_view text, int width);

// Names come from files and servers: whatever could steer a terminal becomes
// "?".
std::string Printable(absl::string_view text);

// `count` times `piece`.
std::string Repeat(absl::string_view piece, int count);

}  // namespace hypergan::client
