#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// Whether TorchScript source nests so deep that LibTorch's parser and compiler,
// which call themselves for each level, would run out of stack: more than 256
// brackets, 512 columns of indentation, 512 elif, or 2,048 words and signs in
// one expression (separated by commas: in one of its parts) with all that is
// inside of it. LibTorch's stack of 8 MiB ends between 3,000 and 10,000 levels.
// INVALID_ARGUMENT with the reason and the line.
absl::Status CheckScript(absl::string_view source);

}  // namespace hypergan
