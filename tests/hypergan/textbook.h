#pragma once

#include <torch/script.h>

#include <vector>

#include "hypergan/target/target_network.h"

namespace hypergan::testing {

// The target network of one weight set, layer by layer as a textbook has it:
// float64, plain convolutions, activation before pooling.
inline at::Tensor Textbook(const TargetNetwork& target,
                           const std::vector<at::Tensor>& weights, int64_t n,
                           const at::Tensor& inputs) {
  at::Tensor h = inputs.to(at::kDouble);
  for (size_t i = 0; i < target.layers.size(); ++i) {
    const Layer& layer = target.layers[i];
    const at::Tensor w = weights[2 * i][n].to(at::kDouble);
    const at::Tensor b = weights[2 * i + 1][n].to(at::kDouble);
    if (layer.kind == LayerKind::kConv2d) {
      h = at::conv2d(h, w, b, 1, layer.padding);
    } else {
      // Features of an image come in the order (height, width, channel).
      if (h.dim() == 4) h = h.permute({0, 2, 3, 1});
      h = at::addmm(b, h.flatten(1), w.t());
    }
    if (layer.activation == Activation::kRelu) h = at::relu(h);
    if (layer.activation == Activation::kLeakyRelu) h = at::leaky_relu(h, 0.01);
    if (layer.activation == Activation::kElu) h = at::elu(h);
    if (layer.pool > 1) h = at::max_pool2d(h, layer.pool);
  }
  return h;
}

}  // namespace hypergan::testing
