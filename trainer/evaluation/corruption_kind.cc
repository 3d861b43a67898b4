#include "trainer/evaluation/corruption_kind.h"

#include <cstddef>
#include <iterator>

namespace hypergan::trainer {
namespace {

constexpr double kNoiseAmounts[] = {0.04, 0.08, 0.12, 0.18, 0.26};
constexpr double kBlurAmounts[] = {0.5, 0.75, 1, 1.5, 2};
constexpr double kContrastAmounts[] = {0.75, 0.5, 0.4, 0.3, 0.15};
constexpr double kBrightnessAmounts[] = {0.05, 0.1, 0.15, 0.2, 0.3};
constexpr double kJpegAmounts[] = {25, 18, 15, 10, 7};
constexpr double kRotationAmounts[] = {15,  30,  45,  60,  75,  90,
                                       105, 120, 135, 150, 165, 180};

struct Kind {
  Corruption kind;
  const char* name;
  absl::Span<const double> amounts;
};

// In the order of the enumeration.
constexpr Kind kKinds[] = {
    {Corruption::kNoise, "noise", kNoiseAmounts},
    {Corruption::kBlur, "blur", kBlurAmounts},
    {Corruption::kContrast, "contrast", kContrastAmounts},
    {Corruption::kBrightness, "brightness", kBrightnessAmounts},
    {Corruption::kJpeg, "jpeg", kJpegAmounts},
    {Corruption::kRotation, "rotation", kRotationAmounts},
};

constexpr bool KindsAreInOrder() {
  for (size_t i = 0; i < std::size(kKinds); ++i) {
    if (kKinds[i].kind != static_cast<Corruption>(i)) return false;
  }
  return true;
}
static_assert(KindsAreInOrder());

const Kind& KindOf(Corruption kind) {
  return kKinds[static_cast<size_t>(kind)];
}

}  // namespace

std::string CorruptionName(Corruption kind) { return KindOf(kind).name; }

absl::Span<const double> CorruptionAmounts(Corruption kind) {
  return KindOf(kind).amounts;
}

}  // namespace hypergan::trainer
