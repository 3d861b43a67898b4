#include "hypergan/network_batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "hypergan/status_macros.h"

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

at::Tensor Activate(Activation activation, at::Tensor h) {
  switch (activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      return at::relu_(h);
    case Activation::kLeakyRelu:
      return at::leaky_relu_(h, 0.01);
    case Activation::kElu:
      return at::elu_(h);
  }
  return h;
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
  const at::Tensor layout = Layout(rows);
  std::vector<at::Tensor> outputs;
  for (const auto& piece : CutIntoPieces(weight_sets, networks)) {
    outputs.push_back(
        Outputs(layout, rows.size(0), Concatenate(piece).tensors));
  }
  const at::Tensor all = outputs.size() == 1 ? outputs[0] : at::cat(outputs);
  return all.mul(output_deviation_).add_(output_mean_);
}

at::Tensor NetworkBatch::Layout(const at::Tensor& rows) const {
  at::Tensor x = (rows - input_mean_) / input_deviation_;
  if (num_convolutions_ == 0) return x.flatten(1);
  const Layer& layer = target_.layers[0];
  if (layer.padding > 0) {
    const int64_t p = layer.padding;
    x = at::constant_pad_nd(x, {p, p, p, p});
  }
  // In the order in which a generator writes weights: height, width, channel.
  return x.unfold(2, layer.kernel, 1)
      .unfold(3, layer.kernel, 1)
      .permute({0, 2, 3, 4, 5, 1})
      .reshape({-1, shapes_[0].fan_in});
}

at::Tensor NetworkBatch::Outputs(const at::Tensor& layout, int64_t rows,
                                 const std::vector<at::Tensor>& weights) const {
  TORCH_CHECK(weights.size() == 2 * shapes_.size(), "weight sets: expected ",
              2 * shapes_.size(), " tensors, got ", weights.size());
  const int64_t networks = weights[0].size(0);
  at::Tensor h;  // [N, B, features]
  size_t next = num_convolutions_;
  if (next > 0) {
    h = Convolutions(layout, rows, weights);
  } else {
    // One product with the weights of all networks.
    h = at::mm(layout, weights[0].flatten(0, 1).t())
            .view({rows, networks, -1})
            .add_(weights[1])
            .transpose(0, 1);
    h = Activate(target_.layers[0].activation, h);
    next = 1;
  }
  for (size_t i = next; i < shapes_.size(); ++i) {
    h = at::baddbmm(weights[2 * i + 1].unsqueeze(1), h,
                    weights[2 * i].transpose(1, 2));
    h = Activate(target_.layers[i].activation, h);
  }
  return h;
}

at::Tensor NetworkBatch::Convolutions(
    const at::Tensor& layout, int64_t rows,
    const std::vector<at::Tensor>& weights) const {
  const int64_t networks = weights[0].size(0);
  at::Tensor h;  // [B, N * channels, height, width], channels-last
  for (size_t i = 0; i < num_convolutions_; ++i) {
    const Layer& layer = target_.layers[i];
    const LayerShape& shape = shapes_[i];
    const at::Tensor w = weights[2 * i];
    const at::Tensor b = weights[2 * i + 1].reshape({-1});
    if (i == 0) {
      const at::Tensor flat =
          w.permute({0, 1, 3, 4, 2}).reshape({-1, shape.fan_in});
      h = at::addmm(b, layout, flat.t())
              .view({rows, shape.height, shape.width, -1})
              .permute({0, 3, 1, 2});
    } else {
      h = at::conv2d(h,
                     w.flatten(0, 1).contiguous(at::MemoryFormat::ChannelsLast),
                     b, 1, layer.padding, 1, networks);
    }
    if (layer.pool > 1) h = at::max_pool2d(h, layer.pool);
    h = Activate(layer.activation, h);
  }
  const int64_t height = h.size(2);
  const int64_t width = h.size(3);
  return h.view({rows, networks, -1, height, width})
      .permute({1, 0, 3, 4, 2})
      .reshape({networks, rows, -1});
}

}  // namespace hypergan
