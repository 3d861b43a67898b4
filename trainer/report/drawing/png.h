#pragma once

#include <string>

#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer::report {

// A picture of one or three channels, whose bytes are as many as its sizes say,
// as a PNG file.
std::string PngBytes(const Picture& picture);

}  // namespace hypergan::trainer::report
