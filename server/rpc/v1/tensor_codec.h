#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/v1/ensemble.pb.h"

namespace hypergan::server {

// The numbers of a tensor that must hold `count` of them, copied only once the
// lengths are found good. INVALID_ARGUMENT unless exactly one of `raw` and
// `values` holds them all. The shape is not looked at.
absl::StatusOr<std::vector<float>> DecodeTensor(const v1::Tensor& tensor,
                                                int64_t count);

// Writes the shape and, as raw little-endian bytes, the numbers.
void EncodeTensor(absl::Span<const int64_t> shape,
                  absl::Span<const float> values, v1::Tensor* tensor);

// Turns `raw` of every tensor of an answer into `values`: readers of JSON would
// get the bytes in base64.
void TurnRawIntoValues(v1::PredictResponse* response);

}  // namespace hypergan::server
