#pragma once

#include <functional>
#include <string_view>

namespace hypergan::server {

// From now on what models print goes to `log`, quoted and cut, the first few
// lines of it alone: stdout is the program's, and a model is asked thousands of
// times. LibTorch's warnings, which models can word, are not shown. Call once,
// at the start of the program. Needs no LibTorch to include.
void TakeTorchOutput(std::function<void(std::string_view line)> log);

}  // namespace hypergan::server
