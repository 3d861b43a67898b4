#include "client/cli/terminal/picture.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hypergan::client {
namespace {

constexpr absl::string_view kAsciiRamp[] = {" ", ".", ":", "-", "=",
                                            "+", "*", "#", "%", "@"};
constexpr absl::string_view kBlockRamp[] = {" ", "░", "▒", "▓", "█"};

// An image made smaller: `columns` x `lines` cells of one upper and one lower
// half.
class Canvas {
 public:
  Canvas(absl::Span<const float> pixels, int64_t channels, int64_t height,
         int64_t width)
      : pixels_(pixels), channels_(channels), height_(height), width_(width) {
    columns_ = static_cast<int>(std::min<int64_t>(width, kMaxPictureColumns));
    const double scale = columns_ / static_cast<double>(width);
    // Tall, narrow images end where they would fill the screen.
    lines_ = std::clamp(
        static_cast<int>(std::lround(static_cast<double>(height) * scale / 2)),
        1, kMaxPictureColumns);
  }

  int columns() const { return columns_; }
  int lines() const { return lines_; }

  // A channel's mean over the pixels under a half cell, 0 to 1.
  double Level(int64_t channel, int half_line, int column) const;
  // The same over both halves and all channels.
  double Grey(int line, int column) const;
  Colour HalfColour(int half_line, int column) const;

 private:
  const absl::Span<const float> pixels_;
  const int64_t channels_, height_, width_;
  int columns_, lines_;
};

struct Range {
  int64_t begin, end;
};

// The pixels of `count` that cell `index` of `cells` covers: one at least.
Range Covered(int64_t index, int64_t cells, int64_t count) {
  const int64_t begin = std::min(index * count / cells, count - 1);
  return {begin, std::max(begin + 1, (index + 1) * count / cells)};
}

double Canvas::Level(int64_t channel, int half_line, int column) const {
  const Range rows = Covered(half_line, int64_t{2} * lines_, height_);
  const Range columns = Covered(column, columns_, width_);
  double sum = 0;
  for (int64_t y = rows.begin; y < rows.end; ++y) {
    for (int64_t x = columns.begin; x < columns.end; ++x) {
      sum += pixels_[(channel * height_ + y) * width_ + x];
    }
  }
  const int64_t area = (rows.end - rows.begin) * (columns.end - columns.begin);
  const double mean = sum / static_cast<double>(area);
  return mean > 0 ? std::min(mean, 1.0) : 0;
}

double Canvas::Grey(int line, int column) const {
  double sum = 0;
  for (int64_t channel = 0; channel < channels_; ++channel) {
    sum += Level(channel, 2 * line, column);
    sum += Level(channel, 2 * line + 1, column);
  }
  return sum / static_cast<double>(2 * channels_);
}

Colour Canvas::HalfColour(int half_line, int column) const {
  const auto level = [&](int64_t channel) {
    return static_cast<int>(std::lround(
        255 * Level(std::min(channel, channels_ - 1), half_line, column)));
  };
  return {level(0), level(1), level(2)};
}

std::string RampLine(const Canvas& canvas, int line,
                     absl::Span<const absl::string_view> ramp) {
  std::string text;
  for (int column = 0; column < canvas.columns(); ++column) {
    const double place =
        canvas.Grey(line, column) * static_cast<double>(ramp.size() - 1);
    absl::StrAppend(&text, ramp[std::lround(place)]);
  }
  return text;
}

std::string ColourLine(const Canvas& canvas, int line) {
  std::string text;
  for (int column = 0; column < canvas.columns(); ++column) {
    const Colour upper = canvas.HalfColour(2 * line, column);
    const Colour lower = canvas.HalfColour(2 * line + 1, column);
    absl::StrAppendFormat(&text, "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm▀",
                          upper.red, upper.green, upper.blue, lower.red,
                          lower.green, lower.blue);
  }
  return absl::StrCat(text, "\x1b[0m");
}

}  // namespace

Picture DrawPicture(absl::Span<const float> pixels,
                    absl::Span<const int64_t> shape, Style style) {
  const bool has_channels = shape.size() == 3;
  if (!has_channels && shape.size() != 2) return {};
  const int64_t channels = has_channels ? shape[0] : 1;
  const int64_t height = shape[shape.size() - 2];
  const int64_t width = shape[shape.size() - 1];
  if ((channels != 1 && channels != 3) || height < 1 || width < 1 ||
      channels * height * width != static_cast<int64_t>(pixels.size())) {
    return {};
  }
  const Canvas canvas(pixels, channels, height, width);
  Picture picture{canvas.columns(), {}};
  for (int line = 0; line < canvas.lines(); ++line) {
    picture.lines.push_back(style == Style::kAnsi ? ColourLine(canvas, line)
                            : style == Style::kAscii
                                ? RampLine(canvas, line, kAsciiRamp)
                                : RampLine(canvas, line, kBlockRamp));
  }
  return picture;
}

}  // namespace hypergan::client
