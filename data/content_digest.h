#pragma once

#include <string>

#include "data/dataset.h"

namespace hypergan::data {

// SHA-256, in hexadecimal, of what networks learn from a data set: its rows in
// their order, and their labels or targets. Names do not count.
std::string ContentDigest(const Dataset& dataset);

}  // namespace hypergan::data
