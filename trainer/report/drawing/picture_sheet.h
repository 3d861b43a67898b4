#pragma once

#include <string>
#include <vector>

#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer::report {

// Pictures side by side, as a drawing like a plot's.
struct PictureSheet {
  std::string title;
  std::vector<std::vector<Picture>> rows;  // begin on lines of their own
  std::vector<std::string> row_titles;     // one a row, or none
  int columns = 5;
  bool captions = true;  // on at most two lines
};

// Of a row, this many pictures are shown; larger ones than kMaxShownSide are
// sampled down.
inline constexpr size_t kMaxShownPictures = 64;
inline constexpr int64_t kMaxShownSide = 96;

std::string PictureSheetSvg(const PictureSheet& sheet);

}  // namespace hypergan::trainer::report
