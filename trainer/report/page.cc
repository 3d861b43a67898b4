#include "trainer/report/page.h"

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/palette.h"

namespace hypergan::trainer::report {
namespace {

constexpr char kCss[] = R"(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:82rem;
background:var(--c-paper);color:var(--c-ink);
font:1rem/1.55 system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.4rem;margin:3.5rem 0 .5rem;padding-top:.75rem;
border-top:2px solid var(--c-grid)}
h3{font-size:1.05rem;margin:2rem 0 .75rem}
h2+h3{margin-top:1rem}
p,figcaption{max-width:46rem}
p{margin:.5rem 0 1rem}
a{color:var(--c-0)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;
margin:1.5rem 0 0;padding:0}
figure{margin:0 0 2rem}
figcaption,caption{color:var(--c-muted);font-size:.875rem;line-height:1.5}
figcaption{margin-top:.75rem}
.grid{display:grid;gap:1.75rem 2rem;
grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr))}
.plot{display:block;width:100%;max-width:40rem;height:auto;overflow:visible}
.scroll{overflow-x:auto}
table{border-collapse:separate;border-spacing:0;font-size:.9rem;
font-variant-numeric:tabular-nums}
th,td{padding:.3rem .8rem;text-align:right;white-space:nowrap;
border-bottom:1px solid var(--c-grid)}
thead th{vertical-align:bottom;font-weight:600;
border-bottom:2px solid var(--c-muted)}
th:first-child{position:sticky;left:0;text-align:left;padding-left:0;
background:var(--c-paper)}
tbody th{font-weight:500}
tr.published>*{color:var(--c-muted);font-style:italic}
tr.first>*{border-top:2px solid var(--c-grid)}
pre{overflow-x:auto;padding:.75rem 1rem;border:1px solid var(--c-grid);
border-radius:4px;font:.8125rem/1.5 ui-monospace,'DejaVu Sans Mono',monospace}
@media (max-width:40rem){body{padding-top:1.25rem}tbody th,thead th:first-child
{white-space:normal;min-width:8rem;max-width:11rem}th,td{padding:.3rem .55rem}}
@media print{body{max-width:none;padding:0;font-size:10pt}nav{display:none}
h2,h3{break-after:avoid}.plot,tr,pre{break-inside:avoid}
.grid{grid-template-columns:1fr 1fr}.scroll{overflow:visible}
h2{margin-top:2rem}figcaption{font-size:8pt}table{font-size:7.5pt}th,td{padding:.15rem .3rem}
pre{white-space:pre-wrap;font-size:7.5pt}}
)";

std::string Html(const Heading& heading) {
  return absl::StrCat("<h3>", EscapeXml(heading.text), "</h3>\n");
}

std::string Html(const Paragraph& paragraph) {
  return absl::StrCat("<p>", EscapeXml(paragraph.text), "</p>\n");
}

std::string Html(const Code& code) {
  std::string html = "<pre>";
  for (const std::string& line : code.lines) {
    absl::StrAppend(&html, EscapeXml(line), "\n");
  }
  return absl::StrCat(html, "</pre>\n");
}

std::string Html(const TableRow& row, bool first_published) {
  std::string html = row.published ? first_published
                                         ? "<tr class=\"published first\">"
                                         : "<tr class=\"published\">"
                                   : "<tr>";
  bool names = true;
  for (const Cell& cell : row.cells) {
    std::string text = EscapeXml(cell.text);
    if (cell.strong) text = absl::StrCat("<strong>", text, "</strong>");
    absl::StrAppend(&html, names ? "<th scope=\"row\">" : "<td>", text,
                    names ? "</th>" : "</td>");
    names = false;
  }
  return absl::StrCat(html, "</tr>\n");
}

std::string Html(const Table& table) {
  std::string html = "<figure><div class=\"scroll\"><table>\n<thead><tr>";
  for (const std::string& name : table.head) {
    absl::StrAppend(&html, "<th scope=\"col\">", EscapeXml(name), "</th>");
  }
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  bool published = false;
  for (const TableRow& row : table.rows) {
    absl::StrAppend(&html, Html(row, row.published && !published));
    published = row.published;
  }
  return absl::StrCat(html, "</tbody></table></div>\n<figcaption>",
                      EscapeXml(table.caption), "</figcaption></figure>\n");
}

std::string Html(const Drawings& drawings) {
  std::string html = "<figure><div class=\"grid\">\n";
  for (const Drawing& drawing : drawings.drawings) {
    absl::StrAppend(&html, drawing.svg);
  }
  return absl::StrCat(html, "</div>\n<figcaption>", EscapeXml(drawings.caption),
                      "</figcaption></figure>\n");
}

std::string Html(const Section& section) {
  std::string html =
      absl::StrCat("<section id=\"", EscapeXml(section.id), "\">\n<h2>",
                   EscapeXml(section.title), "</h2>\n");
  for (const Block& block : section.blocks) {
    absl::StrAppend(&html,
                    std::visit([](const auto& b) { return Html(b); }, block));
  }
  return absl::StrCat(html, "</section>\n");
}

std::string Contents(const Document& document) {
  std::string html = "<nav aria-label=\"Sections\"><ul>\n";
  for (const Section& section : document.sections) {
    absl::StrAppend(&html, "<li><a href=\"#", EscapeXml(section.id), "\">",
                    EscapeXml(section.title), "</a></li>\n");
  }
  return absl::StrCat(html, "</ul></nav>\n");
}

}  // namespace

std::string HtmlPage(const Document& document) {
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; style-src 'unsafe-inline'; img-src data:\">\n<title>",
      EscapeXml(document.title), "</title>\n<style>\n", PageColours(), kCss,
      "</style>\n</head>\n<body>\n<header><h1>", EscapeXml(document.title),
      "</h1>\n<p>", EscapeXml(document.summary), "</p></header>\n",
      Contents(document), "<main>\n");
  for (const Section& section : document.sections) {
    absl::StrAppend(&html, Html(section));
  }
  return absl::StrCat(html, "</main>\n</body>\n</html>\n");
}

}  // namespace hypergan::trainer::report
