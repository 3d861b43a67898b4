#pragma once

#include <c10/core/Device.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// The device that "auto", "cpu", "cuda" or "cuda:<index>" names. CUDA's library
// is loaded here, at run time, and only if it is asked for, so one program
// serves machines with and without a GPU. `auto` takes the first GPU, or falls
// back to the CPU. A line on stderr tells the GPU, or why there is none.
// INVALID_ARGUMENT for another name, UNAVAILABLE, with the reason, for `cuda`
// where there is none.
absl::StatusOr<c10::Device> OpenDevice(absl::string_view name);

// Computes a number there. RESOURCE_EXHAUSTED when memory ran out, INTERNAL for
// a GPU that cannot be used, or no longer, as after an uncorrectable error.
absl::Status ProbeDevice(c10::Device device);

}  // namespace hypergan
