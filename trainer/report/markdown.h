#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/report/document.h"

namespace hypergan::trainer::report {

// What of a Markdown file is the report's; everything else is its writer's.
inline constexpr char kReportBegins[] = "<!-- report begins -->";
inline constexpr char kReportEnds[] = "<!-- report ends -->";

struct Markdown {
  std::string text;
  std::map<std::string, std::string> pictures;  // file name to its SVG
};

// The document as Markdown whose pictures stand in `folder`, a path relative to
// the file.
Markdown ToMarkdown(const Document& document, const std::string& folder);

// `file` with `report` between its markers; for an empty file, the report
// between markers under a title. INVALID_ARGUMENT where the markers are not
// there once each, in their order: nothing that a person wrote is lost.
absl::StatusOr<std::string> WithReport(const std::string& file,
                                       const std::string& report);

}  // namespace hypergan::trainer::report
