// image_pixels CHANNELS[:HEIGHTxWIDTH] FILE...: the pixels of each file as
// data/images/image.h decodes them, resized if a size is given, or why not, a
// JSON object a line: for tests that hold them to another decoder.
#include <cstdio>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "data/images/image.h"
#include "data/images/resize.h"
#include "data/input_file.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

absl::StatusOr<Image> Decode(const std::string& path, int64_t channels,
                             const std::string& size) {
  HG_ASSIGN_OR_RETURN(const std::string bytes,
                      ReadWholeFile(path, kMaxImageFileBytes));
  HG_ASSIGN_OR_RETURN(Image image, DecodeImage(bytes, channels));
  if (size.empty()) return image;
  HG_ASSIGN_OR_RETURN(const ImageSize to, ParseImageSize(size));
  image.pixels =
      ResizePlanes(image.pixels, {image.shape[1], image.shape[2]}, to);
  image.shape = {image.shape[0], to.height, to.width};
  return image;
}

std::string Json(const absl::StatusOr<Image>& image) {
  if (!image.ok()) {
    return absl::StrCat(
        R"({"error": ")",
        absl::CHexEscape(absl::StatusCodeToString(image.status().code())), ": ",
        absl::CHexEscape(image.status().message()), R"("})");
  }
  return absl::StrCat(R"({"shape": [)", absl::StrJoin(image->shape, ", "),
                      R"(], "pixels": [)", absl::StrJoin(image->pixels, ", "),
                      R"(], "warning": ")", absl::CHexEscape(image->warning),
                      R"("})");
}

}  // namespace
}  // namespace hypergan::data

int main(int argc, char** argv) {
  int64_t channels = 0;
  if (argc < 3) return 2;
  const std::pair<std::string, std::string> form =
      absl::StrSplit(argv[1], absl::MaxSplits(':', 1));
  if (!absl::SimpleAtoi(form.first, &channels)) return 2;
  for (int i = 2; i < argc; ++i) {
    const auto image = hypergan::data::Decode(argv[i], channels, form.second);
    std::puts(hypergan::data::Json(image).c_str());
  }
  return 0;
}
