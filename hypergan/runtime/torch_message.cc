#include "hypergan/runtime/torch_message.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/quoted.h"

namespace hypergan {
namespace {

constexpr size_t kMaxReason = 300;
constexpr size_t kMaxPlace = 100;
constexpr absl::string_view kHere = "<--- HERE";

absl::string_view Trimmed(absl::string_view text) {
  return absl::StripAsciiWhitespace(text);
}

// From `text` on to the end of its line.
absl::string_view Line(absl::string_view text) {
  return Trimmed(text.substr(0, text.find('\n')));
}

// The first line that says something.
absl::string_view FirstLine(absl::string_view text) {
  return Line(Trimmed(text));
}

// What comes after the last mark of a place in a script, or nothing.
absl::string_view AfterTraceback(absl::string_view text) {
  const size_t here = text.rfind(kHere);
  return here == absl::string_view::npos
             ? absl::string_view()
             : Trimmed(text.substr(here + kHere.size()));
}

// The line of source that the last mark underlines: the one before it.
absl::string_view MarkedLine(absl::string_view text) {
  const size_t here = text.rfind(kHere);
  if (here == absl::string_view::npos) return {};
  const size_t end = text.substr(0, here).rfind('\n');
  if (end == absl::string_view::npos || end == 0) return {};
  const size_t begin = text.substr(0, end).rfind('\n');
  return Trimmed(text.substr(begin + 1, end - begin - 1));
}

// " (File "a.py", line 3, in predict: x + y)"; "" if the text names no place.
std::string Place(absl::string_view text) {
  const size_t here = text.rfind(kHere);
  if (here == absl::string_view::npos) return "";
  const size_t file = text.substr(0, here).rfind("File \"");
  std::string place;
  if (file != absl::string_view::npos) {
    place = OneLine(std::string(Line(text.substr(file))), kMaxPlace);
  }
  const absl::string_view source = MarkedLine(text);
  if (!source.empty() && !absl::StartsWith(source, "File \"")) {
    absl::StrAppend(&place, place.empty() ? "" : ": ",
                    OneLine(std::string(source), kMaxPlace));
  }
  return place.empty() ? "" : absl::StrCat(" (", place, ")");
}

}  // namespace

std::string TorchMessage(absl::string_view what) {
  // c10::Error's C++ stack.
  what = what.substr(0, what.find("\nException raised from "));
  const absl::string_view after = AfterTraceback(what);
  const absl::string_view reason = after.empty() ? FirstLine(what) : after;
  if (reason.empty()) return "no reason was given";
  return absl::StrCat(OneLine(std::string(reason), kMaxReason), Place(what));
}

}  // namespace hypergan
