#pragma once

#include <string>

#include "client/cli/terminal/style.h"

namespace hypergan::client {

// A share in [0, 1] with its deviation, `width` columns wide: solid up to
// mean - deviation, then a lighter shade up to the mean, then the lightest up
// to mean + deviation. In ASCII "######===---   ".
std::string Bar(double mean, double deviation, int width, Style style);

// A value with its deviation as a place on the scale low..high, `width` columns
// wide: "    --o--     ". Empty where the scale is.
std::string Whisker(double mean, double deviation, double low, double high,
                    int width, Style style);

}  // namespace hypergan::client
