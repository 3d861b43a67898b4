#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace hypergan::trainer::report {

// `text`, which may come from a file, as text or as an attribute's value of
// HTML and of SVG. Control characters become spaces.
std::string EscapeXml(absl::string_view text);

// `text` as a line of Markdown, in a table's cell as well: no character of it
// is markup, HTML's included.
std::string EscapeMarkdown(absl::string_view text);

// A word of a-z, 0-9 and '-' made of `text`, for ids and file names; of at most
// 64 characters, never empty.
std::string Slug(absl::string_view text);

}  // namespace hypergan::trainer::report
