#pragma once

#include <array>
#include <string_view>

#include "absl/status/status.h"

namespace hypergan::server {

// Why a request is refused for what it asks. A fixed list: it labels a metric.
enum class Refusal {
  kShape,       // the inputs' shape or length is not the model's
  kNotFinite,   // an input, or what the networks make of it, is not finite
  kOutOfRange,  // --input_range=refuse
  kLimit,       // more than a limit allows one request
  kQueueFull,   // more than there is room for now
  kArgument,    // anything else that a client can mend
};

inline constexpr std::array kRefusals = {
    Refusal::kShape, Refusal::kNotFinite, Refusal::kOutOfRange,
    Refusal::kLimit, Refusal::kQueueFull, Refusal::kArgument};

// "shape", "not_finite" and so on.
std::string_view RefusalName(Refusal refusal);

// The status, which from now on says why.
absl::Status Refuse(Refusal why, absl::Status status);

// Whether the status refuses a request: INVALID_ARGUMENT, FAILED_PRECONDITION
// or RESOURCE_EXHAUSTED.
bool IsRefusal(const absl::Status& status);

// Why: what Refuse said, else kArgument, or kLimit for RESOURCE_EXHAUSTED.
Refusal RefusalOf(const absl::Status& status);

}  // namespace hypergan::server
