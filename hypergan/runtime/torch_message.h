#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace hypergan {

// What a person wants of an exception of LibTorch's, in one line of at most
// some 400 bytes, escaped: the reason, without the C++ stack behind it; of a
// failure in TorchScript, which states its traceback first, the last line and
// where in the script it was: "RuntimeError: shapes differ (File \"a.py\", line
// 3, in predict: return x + y)".
std::string TorchMessage(absl::string_view what);

}  // namespace hypergan
