#include "trainer/evaluation/corruption_kind.h"

namespace hypergan::trainer {
namespace {

constexpr double kNoiseAmounts[] = {0.04, 0.08, 0.12, 0.18, 0.26};
constexpr double kBlurAmounts[] = {0.5, 0.75, 1, 1.5, 2};
constexpr double kContrastAmounts[] = {0.75, 0.5, 0.4, 0.3, 0.15};
constexpr double kBrightnessAmounts[] = {0.05, 0.1, 0.15, 0.2, 0.3};
constexpr double kJpegAmounts[] = {25, 18, 15, 10, 7};
constexpr double kRotationAmounts[] = {15,  30,  45,  60,  75,  90,
                                       105, 120, 135, 150, 165, 180};

}  // namespace

std::string CorruptionName(Corruption kind) {
  switch (kind) {
    case Corruption::kNoise:
      return "noise";
    case Corruption::kBlur:
      return "blur";
    case Corruption::kContrast:
      return "contrast";
    case Corruption::kBrightness:
      return "brightness";
    case Corruption::kJpeg:
      return "jpeg";
    case Corruption::kRotation:
      return "rotation";
  }
  return "";
}

absl::Span<const double> CorruptionAmounts(Corruption kind) {
  switch (kind) {
    case Corruption::kNoise:
      return kNoiseAmounts;
    case Corruption::kBlur:
      return kBlurAmounts;
    case Corruption::kContrast:
      return kContrastAmounts;
    case Corruption::kBrightness:
      return kBrightnessAmounts;
    case Corruption::kJpeg:
      return kJpegAmounts;
    case Corruption::kRotation:
      return kRotationAmounts;
  }
  return {};
}

}  // namespace hypergan::trainer
