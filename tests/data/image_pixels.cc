// image_pixels CHANNELS FILE...: the pixels of each file as data/images/image.h
// decodes them, or why not, a JSON object a line: for tests that hold them to
// another decoder.
#include <cstdio>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "data/images/image.h"
#include "data/input_file.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

absl::StatusOr<Image> Decode(const std::string& path, int64_t channels) {
  HG_ASSIGN_OR_RETURN(const std::string bytes,
                      ReadWholeFile(path, kMaxImageFileBytes));
  return DecodeImage(bytes, channels);
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
  if (argc < 3 || !absl::SimpleAtoi(argv[1], &channels)) return 2;
  for (int i = 2; i < argc; ++i) {
    std::puts(hypergan::data::Json(hypergan::data::Decode(argv[i], channels))
                  .c_str());
  }
  return 0;
}
