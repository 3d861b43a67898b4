#include "trainer/report/drawing/markup.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace hypergan::trainer::report {
namespace {

constexpr size_t kMaxSlug = 64;

// XML forbids most control characters even when they are escaped.
char Printable(char c) { return absl::ascii_iscntrl(c) ? ' ' : c; }

void AppendXml(char c, std::string* out) {
  switch (c) {
    case '<':
      out->append("&lt;");
      break;
    case '>':
      out->append("&gt;");
      break;
    case '&':
      out->append("&amp;");
      break;
    case '"':
      out->append("&quot;");
      break;
    case '\'':
      out->append("&#39;");
      break;
    default:
      out->push_back(c);
  }
}

// U+FFFE and U+FFFF, which XML forbids too, by the character for what cannot be
// shown.
std::string WithoutNoncharacters(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\xef\xbf\xbe", "\xef\xbf\xbd"},
                                    {"\xef\xbf\xbf", "\xef\xbf\xbd"}});
}

}  // namespace

std::string EscapeXml(absl::string_view text) {
  std::string out;
  for (char c : WithoutNoncharacters(text)) AppendXml(Printable(c), &out);
  return out;
}

std::string EscapeMarkdown(absl::string_view text) {
  std::string out;
  for (char c : WithoutNoncharacters(text)) {
    if (absl::string_view("\\`*_[]#|~").find(c) != absl::string_view::npos) {
      out.push_back('\\');
    }
    if (c == '\'' || c == '"') {
      out.push_back(c);  // means nothing in text, and reads better
    } else {
      AppendXml(Printable(c), &out);
    }
  }
  return out;
}

std::string Slug(absl::string_view text) {
  std::string slug;
  for (char c : text) {
    if (slug.size() == kMaxSlug) break;
    if (absl::ascii_isalnum(c)) {
      slug.push_back(absl::ascii_tolower(c));
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "x" : slug;
}

}  // namespace hypergan::trainer::report
