#include "hypergan/compute/network_batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace hypergan {
namespace {

at::Tensor Constants(const std::vector<double>& values, float fallback,
                     bool is_image, c10::Device device) {
  at::Tensor constants = values.empty()
                             ? at::full({1}, fallback)
                             : at::tensor(values, at::kDouble).to(at::kFloat);
  if (is_image) constants = constants.view({-1, 1, 1});
  return constants.to(device);
}

at::Tensor Activate(Activation activation, const at::Tensor& h) {
  switch (activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      return at::relu(h);
    case Activation::kLeakyRelu:
      return at::leaky_relu(h, 0.01);
    case Activation::kElu:
      return at::elu(h);
  }
  return h;
}

// `h` [S, B, F], each batch for N / S networks of w [N, O, F] and b [N, O];
// [N, B, O]. Networks that share a batch are one matrix.
at::Tensor Linear(const at::Tensor& h, const at::Tensor& w,
                  const at::Tensor& b) {
  const int64_t batches = h.size(0);
  const int64_t networks = w.size(0);
  return at::baddbmm(b.reshape({batches, 1, -1}), h,
                     w.reshape({batches, -1, w.size(2)}).transpose(1, 2))
      .view({batches, h.size(1), networks / batches, w.size(1)})
      .transpose(1, 2)
      .reshape({networks, h.size(1), w.size(1)});
}

}  // namespace

absl::StatusOr<NetworkBatch> NetworkBatch::Create(const TargetNetwork& target,
                                                  c10::Device device,
                                                  int64_t max_bytes) {
  NetworkBatch batch;
  HG_ASSIGN_OR_RETURN(batch.shapes_, LayerShapes(target));
  batch.target_ = target;
  batch.max_bytes_ = max_bytes;
  for (size_t i = 0; i < batch.shapes_.size(); ++i) {
    const LayerShape& shape = batch.shapes_[i];
    batch.bytes_ = std::max<int64_t>(
        batch.bytes_, shape.outputs * shape.height * shape.width * 4);
    if (target.layers[i].kind == LayerKind::kConv2d) {
      batch.num_convolutions_ = i + 1;
    }
  }
  const bool is_image = target.input_shape.size() == 3;
  batch.input_mean_ = Constants(target.input_mean, 0, is_image, device);
  batch.input_deviation_ =
      Constants(target.input_deviation, 1, is_image, device);
  batch.output_mean_ = Constants(target.output_mean, 0, false, device);
  batch.output_deviation_ =
      Constants(target.output_deviation, 1, false, device);
  return batch;
}

at::Tensor NetworkBatch::Predict(
    const at::Tensor& rows, absl::Span<const WeightSets> weight_sets) const {
  const int64_t networks =
      std::max<int64_t>(1, max_bytes_ / (bytes_ * rows.size(0)));
  std::vector<at::Tensor> outputs;
  for (const auto& piece : CutIntoPieces(weight_sets, networks)) {
    outputs.push_back(Outputs(rows.unsqueeze(0), Concatenate(piece).tensors));
  }
  return outputs.size() == 1 ? outputs[0] : at::cat(outputs);
}

at::Tensor NetworkBatch::Outputs(const at::Tensor& batches,
                                 const std::vector<at::Tensor>& weights) const {
  TORCH_CHECK(weights.size() == 2 * shapes_.size(), "weight sets: expected ",
              2 * shapes_.size(), " tensors, got ", weights.size());
  const at::Tensor x = (batches - input_mean_) / input_deviation_;
  at::Tensor h =
      num_convolutions_ > 0 ? Convolutions(x, weights) : x.flatten(2);
  for (size_t i = num_convolutions_; i < shapes_.size(); ++i) {
    h = Activate(target_.layers[i].activation,
                 Linear(h, weights[2 * i], weights[2 * i + 1]));
  }
  return h * output_deviation_ + output_mean_;
}

at::Tensor NetworkBatch::Convolutions(
    const at::Tensor& batches, const std::vector<at::Tensor>& weights) const {
  const int64_t networks = weights[0].size(0);
  // A row of all batches is one image, of which a group of networks sees the
  // channels of its own batch.
  int64_t groups = batches.size(0);
  at::Tensor h = batches.transpose(0, 1).flatten(1, 2);
  for (size_t i = 0; i < num_convolutions_; ++i) {
    const Layer& layer = target_.layers[i];
    // Generators write weights channels-last, in which grouped convolutions of
    // cuDNN take up to three times as long (docs/performance.md).
    const at::Tensor w = weights[2 * i].flatten(0, 1).contiguous();
    h = at::conv2d(h, w, weights[2 * i + 1].reshape({-1}), 1, layer.padding, 1,
                   groups);
    if (layer.pool > 1) h = at::max_pool2d(h, layer.pool);
    h = Activate(layer.activation, h);
    groups = networks;  // h is [B, N * channels, height, width]
  }
  // In the order in which a generator writes weights: height, width, channel.
  return h.unflatten(1, {networks, -1}).permute({1, 0, 3, 4, 2}).flatten(2);
}

}  // namespace hypergan
