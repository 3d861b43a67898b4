#include "trainer/report/drawing/picture_sheet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/png.h"

namespace hypergan::trainer::report {
namespace {

constexpr double kSheetWidth = 440, kTitle = 26, kRowTitle = 18, kSheetGap = 6;
constexpr double kCaption = 12, kCaptionCharacter = 5.4;  // of 10 pixels' type

Picture SampledDown(const Picture& picture) {
  const int64_t side = std::max(picture.height, picture.width);
  const int64_t step = (side + kMaxShownSide - 1) / kMaxShownSide;
  if (step <= 1) return picture;
  Picture small = picture;
  small.pixels.clear();
  small.height = (picture.height + step - 1) / step;
  small.width = (picture.width + step - 1) / step;
  for (int64_t y = 0; y < picture.height; y += step) {
    for (int64_t x = 0; x < picture.width; x += step) {
      const auto pixel =
          picture.pixels.begin() + (y * picture.width + x) * picture.channels;
      small.pixels.insert(small.pixels.end(), pixel, pixel + picture.channels);
    }
  }
  return small;
}

// At most `most` bytes of the text, whole characters.
std::string Cut(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (text[most] & 0xc0) == 0x80) --most;
  return absl::StrCat(text.substr(0, most), "…");
}

// A caption on two lines of `most` bytes, broken at a space if there is one.
std::pair<std::string, std::string> TwoLines(const std::string& caption,
                                             size_t most) {
  if (caption.size() <= most) return {caption, ""};
  const size_t space = caption.rfind(' ', most);
  if (space == std::string::npos) return {Cut(caption, most), ""};
  return {caption.substr(0, space), Cut(caption.substr(space + 1), most)};
}

// Lays pictures out from the top down.
class Layout {
 public:
  explicit Layout(const PictureSheet& sheet)
      : sheet_(sheet),
        cell_((kSheetWidth - kSheetGap * (sheet.columns - 1)) / sheet.columns),
        characters_(static_cast<size_t>(cell_ / kCaptionCharacter)) {
    for (const std::vector<Picture>& row : sheet.rows) {
      for (const Picture& picture : row) {
        if (picture.caption.size() > characters_) caption_lines_ = 2;
      }
    }
  }

  void AddTitle(const std::string& title, const char* classes, double height) {
    absl::StrAppendFormat(&svg_,
                          "<text x=\"2\" y=\"%g\" class=\"%s\">%s</text>\n",
                          top_ + 15, classes, EscapeXml(title));
    top_ += height;
  }

  void AddRow(const std::vector<Picture>& row) {
    const size_t shown = std::min(row.size(), kMaxShownPictures);
    const auto columns = static_cast<size_t>(sheet_.columns);
    for (size_t i = 0; i < shown; ++i) {
      if (i > 0 && i % columns == 0) top_ += LineHeight();
      AddPicture(row[i],
                 static_cast<double>(i % columns) * (cell_ + kSheetGap));
    }
    if (shown > 0) top_ += LineHeight();
  }

  std::string Finish() {
    return absl::StrFormat(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" "
        "role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %g %.1f\">\n%s</svg>\n",
        EscapeXml(sheet_.title), kSheetWidth, top_, svg_);
  }

 private:
  double LineHeight() const {
    return cell_ + kSheetGap +
           (sheet_.captions ? caption_lines_ * kCaption + kSheetGap : 0);
  }

  void AddPicture(const Picture& picture, double x) {
    absl::StrAppendFormat(
        &svg_,
        "<image x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
        "href=\"data:image/png;base64,%s\"><title>%s</title></image>\n",
        x, top_, cell_, cell_,
        absl::Base64Escape(PngBytes(SampledDown(picture))),
        EscapeXml(absl::StrCat(picture.caption, " (",
                               absl::StrFormat("%.4g", picture.score), ")")));
    if (!sheet_.captions) return;
    const auto [first, second] = TwoLines(picture.caption, characters_);
    AddCaption(first, x, top_ + cell_ + kCaption);
    AddCaption(second, x, top_ + cell_ + 2 * kCaption);
  }

  void AddCaption(const std::string& line, double x, double y) {
    if (line.empty()) return;
    absl::StrAppendFormat(
        &svg_, "<text x=\"%.1f\" y=\"%.1f\" class=\"c fmuted\">%s</text>\n", x,
        y, EscapeXml(line));
  }

  const PictureSheet& sheet_;
  const double cell_;        // a picture's width and height
  const size_t characters_;  // that fit beneath it
  int caption_lines_ = 1;
  double top_ = 0;
  std::string svg_;
};

}  // namespace

std::string PictureSheetSvg(const PictureSheet& sheet) {
  Layout layout(sheet);
  layout.AddTitle(sheet.title, "b fink", kTitle);
  for (size_t i = 0; i < sheet.rows.size(); ++i) {
    if (i < sheet.row_titles.size()) {
      layout.AddTitle(sheet.row_titles[i], "fmuted", kRowTitle + kSheetGap);
    }
    layout.AddRow(sheet.rows[i]);
  }
  return layout.Finish();
}

}  // namespace hypergan::trainer::report
