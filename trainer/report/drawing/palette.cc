#include "trainer/report/drawing/palette.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace hypergan::trainer::report {
namespace {

struct Colour {
  const char* name;
  const char* light;  // on a light page
  const char* dark;   // on a dark page
  const char* mid;    // on either
};

constexpr std::array<Colour, kColours + 5> kPalette = {{
    {"0", "#0068a8", "#62b5ee", "#3b84d0"},  // blue
    {"1", "#c94f00", "#ff9457", "#d9622b"},  // vermilion
    {"2", "#00805c", "#3fcf9f", "#1d9a75"},  // green
    {"3", "#a03a86", "#e492c8", "#b85ea4"},  // purple
    {"4", "#b07700", "#f2c14b", "#bd8a1c"},  // orange
    {"5", "#1b8aa6", "#8fdcec", "#3b9fb8"},  // sky
    {"6", "#5c4a3a", "#cbb8a4", "#8d7a68"},  // brown
    {"p", "#6a6f76", "#a3a9b1", "#858a91"},  // published
    {"ink", "#1c2024", "#e6e8ea", "#7b8087"},
    {"muted", "#5d646c", "#a4abb3", "#7b8087"},
    {"grid", "#e1e4e8", "#33383e", "#a0a0a055"},
    {"paper", "#ffffff", "#16191c", "none"},
}};

constexpr std::array<const char*, 5> kDashes = {"", "8 4", "2 3", "9 3 2 3",
                                                "5 2 1.5 2 1.5 2"};

std::string Variables(const char* Colour::*which) {
  std::string css;
  for (const Colour& colour : kPalette) {
    absl::StrAppend(&css, "--c-", colour.name, ":", colour.*which, ";");
  }
  return css;
}

// The rules of a colour: strokes and fills of that name.
std::string Rules(const char* name, const std::string& value) {
  return absl::Substitute(".plot .s$0{stroke:$1;fill:none}.plot .f$0{fill:$1}",
                          name, value);
}

constexpr char kText[] =
    ".plot{font-family:system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "font-size:12px}.plot .b{font-weight:600;font-size:13px}"
    ".plot .c{font-size:10px}.plot image{image-rendering:pixelated}";

}  // namespace

std::string ColourName(int style) {
  return style < 0 ? "p" : absl::StrCat(style % kColours);
}

std::string Dashes(int style) {
  if (style < 0) return "1 3";
  return kDashes[static_cast<size_t>(style) % kDashes.size()];
}

std::string PageColours() {
  std::string css = absl::StrCat(
      ":root{color-scheme:light;", Variables(&Colour::light), "}\n",
      "@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;",
      Variables(&Colour::dark), "}}\n", kText, "\n");
  for (const Colour& colour : kPalette) {
    absl::StrAppend(
        &css, Rules(colour.name, absl::StrCat("var(--c-", colour.name, ")")),
        "\n");
  }
  return css;
}

std::string StandaloneColours() {
  std::string css = kText;
  for (const Colour& colour : kPalette) {
    absl::StrAppend(&css, Rules(colour.name, colour.mid));
  }
  return css;
}

}  // namespace hypergan::trainer::report
