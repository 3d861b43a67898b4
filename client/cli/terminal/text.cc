#include "client/cli/terminal/text.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace hypergan::client {
namespace {

// Bytes 10xxxxxx go on with the character before them.
bool BeginsCharacter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

// The longest beginning of `text` that is at most `width` columns.
absl::string_view Beginning(absl::string_view text, int width) {
  size_t end = 0;
  for (; end < text.size(); ++end) {
    if (BeginsCharacter(text[end]) && width-- == 0) break;
  }
  return text.substr(0, end);
}

std::string Cut(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width < 1) return "";
  return absl::StrCat(Beginning(text, width - 1), "~");
}

std::string Blanks(absl::string_view text, int width) {
  return std::string(std::max(0, width - DisplayWidth(text)), ' ');
}

}  // namespace

int DisplayWidth(absl::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), BeginsCharacter));
}

std::string PadRight(absl::string_view text, int width) {
  return absl::StrCat(Cut(text, width), Blanks(text, width));
}

std::string PadLeft(absl::string_view text, int width) {
  return absl::StrCat(Blanks(text, width), Cut(text, width));
}

std::string Printable(absl::string_view text) {
  std::string printable(text);
  for (size_t i = 0; i < printable.size(); ++i) {
    const auto byte = static_cast<unsigned char>(printable[i]);
    // 0xc2 0x80 to 0xc2 0x9f are the control characters beyond ASCII.
    const bool control = absl::ascii_iscntrl(byte) ||
                         (byte == 0xc2 && i + 1 < printable.size() &&
                          static_cast<unsigned char>(printable[i + 1]) < 0xa0);
    if (control) printable[i] = '?';
    if (control && byte == 0xc2) printable[i + 1] = '?';
  }
  return printable;
}

std::string Repeat(absl::string_view piece, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) absl::StrAppend(&repeated, piece);
  return repeated;
}

}  // namespace hypergan::client
