#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan::client {

// What may be printed: seven-bit characters alone, or block characters as well,
// or those and 24-bit colours.
enum class Style { kAscii, kUnicode, kAnsi };

// "ascii", "unicode", "ansi"; "auto" is ansi on a terminal (unicode if NO_COLOR
// is set or it is a dumb one) and ascii anywhere else. INVALID_ARGUMENT
// otherwise.
absl::StatusOr<Style> ParseStyle(absl::string_view name, bool is_terminal);

struct Colour {
  int red, green, blue;
};
inline constexpr Colour kBlue = {97, 175, 239};
inline constexpr Colour kGreen = {120, 190, 110};
inline constexpr Colour kRed = {224, 108, 117};
inline constexpr Colour kGrey = {130, 137, 151};

// `text` in a colour where the style has colours.
std::string Paint(absl::string_view text, Colour colour, Style style);

// "±" or "+-".
absl::string_view PlusMinus(Style style);

}  // namespace hypergan::client
