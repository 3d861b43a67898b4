#include "trainer/recipes/data_target.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/target/operations.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kLeastSide = 8;  // pixels, after the last block
constexpr int64_t kLeastBlocks = 2;

Layer Convolution(int64_t channels, bool has_pool) {
  return {.kind = LayerKind::kConv2d,
          .outputs = channels,
          .kernel = 3,
          .padding = 1,
          .pool = has_pool ? 2 : 1,
          .activation = Activation::kRelu};
}

std::vector<Layer> Blocks(int64_t height, int64_t width) {
  std::vector<Layer> layers;
  while (std::ssize(layers) < kLeastBlocks ||
         std::max(height, width) > kLeastSide) {
    const bool has_pool = std::min(height, width) >= 2;
    layers.push_back(Convolution(layers.empty() ? 16 : 32, has_pool));
    if (!has_pool) {
      if (std::ssize(layers) >= kLeastBlocks) break;
      continue;
    }
    height /= 2;
    width /= 2;
  }
  return layers;
}

std::vector<Layer> FullyConnected(const std::vector<int64_t>& hidden) {
  std::vector<Layer> layers;
  layers.reserve(hidden.size());
  for (const int64_t units : hidden) {
    layers.push_back({.outputs = units, .activation = Activation::kRelu});
  }
  return layers;
}

std::vector<int64_t> DefaultHidden(const DataProfile& profile) {
  if (RecipeFor(profile) == DataRecipe::kCurve) return {200};
  return {50, 50};
}

}  // namespace

absl::StatusOr<TargetNetwork> TargetFor(const DataProfile& profile,
                                        const std::vector<int64_t>& hidden) {
  const bool are_images = profile.row_shape.size() == 3;
  if (are_images && !hidden.empty()) {
    return absl::InvalidArgumentError(
        "--hidden: expected rows of a table, got images; describe another "
        "network for these in a file, as --target=FILE.json");
  }
  if (profile.outputs < 1) {
    return absl::InvalidArgumentError(
        "expected data with labels or target values, got neither");
  }
  TargetNetwork target;
  target.input_shape = profile.row_shape;
  if (are_images) {
    target.name = "small-images";
    target.layers = Blocks(profile.row_shape[1], profile.row_shape[2]);
  } else {
    target.name = "fully-connected";
    target.layers =
        FullyConnected(hidden.empty() ? DefaultHidden(profile) : hidden);
  }
  target.layers.push_back({.outputs = profile.outputs});
  HG_RETURN_IF_ERROR(CheckTargetNetwork(target));
  return target;
}

}  // namespace hypergan::trainer
