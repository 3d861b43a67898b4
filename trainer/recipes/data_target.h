#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/data/data_profile.h"
#include "trainer/recipes/data_recipe.h"

namespace hypergan::trainer {

// A target network for data that nobody described one for. Images get a small
// convolutional network: blocks of a 3 x 3 convolution, max-pooling and ReLU,
// 16 channels and then 32, until a side is 8 or less, and at least two of them;
// then one linear layer. Other rows get fully connected layers of `hidden`
// ReLU units; without `hidden`, one of 200 for a curve and two of 50 otherwise.
// INVALID_ARGUMENT for images with `hidden`, for no outputs, and as
// OperationsOf.
absl::StatusOr<TargetNetwork> TargetFor(const DataProfile& profile,
                                        const std::vector<int64_t>& hidden);

}  // namespace hypergan::trainer
