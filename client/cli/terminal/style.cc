#include "client/cli/terminal/style.h"

#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hypergan::client {
namespace {

Style TerminalStyle() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool plain = (no_color != nullptr && *no_color != '\0') ||
                     (term != nullptr && absl::string_view(term) == "dumb");
  return plain ? Style::kUnicode : Style::kAnsi;
}

}  // namespace

absl::StatusOr<Style> ParseStyle(absl::string_view name, bool is_terminal) {
  if (name == "auto") return is_terminal ? TerminalStyle() : Style::kAscii;
  if (name == "ascii") return Style::kAscii;
  if (name == "unicode") return Style::kUnicode;
  if (name == "ansi") return Style::kAnsi;
  return absl::InvalidArgumentError(absl::StrCat(
      "--style: expected auto, ascii, unicode or ansi, got '", name, "'"));
}

std::string Paint(absl::string_view text, Colour colour, Style style) {
  if (style != Style::kAnsi) return std::string(text);
  return absl::StrFormat("\x1b[38;2;%d;%d;%dm%s\x1b[0m", colour.red,
                         colour.green, colour.blue, text);
}

absl::string_view PlusMinus(Style style) {
  return style == Style::kAscii ? "+-" : "±";
}

}  // namespace hypergan::client
