#pragma once

#include <string>

#include "absl/types/span.h"
#include "client/cli/terminal/style.h"

namespace hypergan::client {

// How `values` spread over low..high, `width` columns wide, each as high (or,
// in ASCII, as dark) as its bin is full compared with the fullest. Values
// outside the scale count in its ends; NaN nowhere.
std::string Histogram(absl::Span<const double> values, double low, double high,
                      int width, Style style);

}  // namespace hypergan::client
