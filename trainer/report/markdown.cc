#include "trainer/report/markdown.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/plot.h"

namespace hypergan::trainer::report {
namespace {

// Two side by side on a page of usual width.
constexpr int kPictureWidth = 400;

std::string UrlPath(absl::string_view path) {
  std::string url;
  for (char c : path) {
    if (absl::ascii_isalnum(c) || absl::StrContains("-._/", c)) {
      url.push_back(c);
    } else {
      absl::StrAppendFormat(&url, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return url;
}

std::string CodeLine(absl::string_view line) {
  std::string text;
  for (char c : line) text.push_back(absl::ascii_iscntrl(c) ? ' ' : c);
  // A command must not pass for the marker that ends the report.
  return absl::StrReplaceAll(text, {{"<!--", "<! --"}});
}

// Longer than any row of backticks inside.
std::string Fence(const std::vector<std::string>& lines) {
  size_t longest = 2;
  for (const std::string& line : lines) {
    size_t run = 0;
    for (char c : line) {
      run = c == '`' ? run + 1 : 0;
      longest = std::max(longest, run);
    }
  }
  return std::string(longest + 1, '`');
}

class Writer {
 public:
  explicit Writer(const std::string& folder) : folder_(UrlPath(folder)) {}

  void operator()(const Heading& heading) {
    Add(absl::StrCat("### ", EscapeMarkdown(heading.text)));
  }

  void operator()(const Paragraph& paragraph) {
    Add(EscapeMarkdown(paragraph.text));
  }

  void operator()(const Code& code) {
    std::string lines;
    for (const std::string& line : code.lines) {
      absl::StrAppend(&lines, CodeLine(line), "\n");
    }
    const std::string fence = Fence(code.lines);
    Add(absl::StrCat(fence, "sh\n", lines, fence));
  }

  void operator()(const Table& table) {
    std::string text = "|";
    for (const std::string& name : table.head) {
      absl::StrAppend(&text, " ", EscapeMarkdown(name), " |");
    }
    absl::StrAppend(&text, "\n|---|");
    for (size_t i = 1; i < table.head.size(); ++i) {
      absl::StrAppend(&text, "---:|");
    }
    for (const TableRow& row : table.rows) {
      absl::StrAppend(&text, "\n|");
      for (const Cell& cell : row.cells) {
        absl::StrAppend(&text, " ", CellText(cell, row.published), " |");
      }
    }
    Add(text);
    Add(EscapeMarkdown(table.caption));
  }

  void operator()(const Drawings& drawings) {
    std::string text;
    for (const Drawing& drawing : drawings.drawings) {
      const std::string file = absl::StrCat(drawing.name, ".svg");
      absl::StrAppendFormat(&text,
                            "%s<img src=\"%s/%s\" width=\"%d\" alt=\"%s\">",
                            text.empty() ? "" : "\n", folder_, UrlPath(file),
                            kPictureWidth, EscapeXml(drawing.title));
      markdown_.pictures[file] = StandaloneSvg(drawing.svg);
    }
    Add(text);
    Add(EscapeMarkdown(drawings.caption));
  }

  void Add(absl::string_view paragraph) {
    absl::StrAppend(&markdown_.text, paragraph, "\n\n");
  }

  Markdown Finish() {
    while (absl::EndsWith(markdown_.text, "\n\n")) markdown_.text.pop_back();
    return std::move(markdown_);
  }

 private:
  static std::string CellText(const Cell& cell, bool published) {
    std::string text = EscapeMarkdown(cell.text);
    if (text.empty()) return text;
    if (cell.strong) return absl::StrCat("**", text, "**");
    return published ? absl::StrCat("*", text, "*") : text;
  }

  const std::string folder_;
  Markdown markdown_;
};

absl::Status WrongMarkers() {
  return absl::InvalidArgumentError(
      absl::StrCat("the Markdown file: expected one line '", kReportBegins,
                   "' and after it one line '", kReportEnds,
                   "' to put the report between, got a file without"));
}

}  // namespace

Markdown ToMarkdown(const Document& document, const std::string& folder) {
  Writer writer(folder);
  writer.Add(EscapeMarkdown(document.summary));
  for (const Section& section : document.sections) {
    writer.Add(absl::StrCat("## ", EscapeMarkdown(section.title)));
    for (const Block& block : section.blocks) std::visit(writer, block);
  }
  return writer.Finish();
}

absl::StatusOr<std::string> WithReport(const std::string& file,
                                       const std::string& report) {
  const std::string between =
      absl::StrCat(kReportBegins, "\n\n", report, "\n", kReportEnds);
  if (file.empty()) return absl::StrCat("# Results\n\n", between, "\n");
  const size_t begin = file.find(kReportBegins);
  const size_t end = file.find(kReportEnds);
  if (begin == std::string::npos || end == std::string::npos || end < begin ||
      file.find(kReportBegins, begin + 1) != std::string::npos ||
      file.find(kReportEnds, end + 1) != std::string::npos) {
    return WrongMarkers();
  }
  return absl::StrCat(file.substr(0, begin), between,
                      file.substr(end + sizeof(kReportEnds) - 1));
}

}  // namespace hypergan::trainer::report
