#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// Bytes of one number of a storage of LibTorch's, named as in its pickles:
// "torch FloatStorage". 0 if there is no such type.
int64_t ElementBytes(absl::string_view storage);

// That a tensor's numbers, of these sizes and strides from `offset` on, are
// within a storage of `count` numbers. None of them may be negative but
// `offset`. INVALID_ARGUMENT otherwise, and for more than 2^40 numbers.
absl::Status CheckReach(int64_t offset, const std::vector<int64_t>& sizes,
                        const std::vector<int64_t>& strides, int64_t count);

}  // namespace hypergan
