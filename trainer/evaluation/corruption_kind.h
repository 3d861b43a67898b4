#pragma once

#include <string>

#include "absl/types/span.h"

namespace hypergan::trainer {

// Changes of images that are still of the training's classes, after Hendrycks
// and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions
// and Perturbations, 2019.
enum class Corruption {
  kNoise,       // "noise": adds a normal number of that deviation a pixel
  kBlur,        // "blur": by a normal kernel of that deviation, in pixels
  kContrast,    // "contrast": multiplies what differs from the image's mean
  kBrightness,  // "brightness": adds the amount
  kJpeg,        // "jpeg": rounds the coefficients of JPEG's transform, each
                // channel by the table for luminance at that quality
  kRotation,    // "rotation": by that many degrees, about the middle; what
                // comes in from outside is 0
};

std::string CorruptionName(Corruption kind);

// What a corruption is evaluated at, from weak to strong: five amounts, but of
// kRotation twelve, 15 to 180 degrees.
absl::Span<const double> CorruptionAmounts(Corruption kind);

}  // namespace hypergan::trainer
