#include "hypergan/compute/network_batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <variant>

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

at::Tensor Activated(const ActivationTraits& traits, const at::Tensor& h) {
  if (traits.exponential) return at::elu(h);
  if (traits.slope == 0) return at::relu(h);
  return at::leaky_relu(h, traits.slope);
}

// Of one row and network, in bytes; 0 where an operation writes no more than it
// reads.
int64_t BytesOf(const Operations& operations, const Operation& step) {
  int64_t values = 0;
  if (const auto* convolve = std::get_if<Convolve>(&step)) {
    values = convolve->output.NumValues();
  } else if (const auto* multiply = std::get_if<Multiply>(&step)) {
    values = operations.slots[multiply->slot].outputs;
  }
  return values * 4;
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
  HG_ASSIGN_OR_RETURN(batch.operations_, OperationsOf(target));
  batch.max_bytes_ = max_bytes;
  for (const Operation& step : batch.operations_.steps) {
    batch.bytes_ = std::max(batch.bytes_, BytesOf(batch.operations_, step));
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

// The operations on h of all networks: images [B, N * channels, height, width],
// where N is S before the first convolution, or features [N, B, features].
class NetworkBatch::Run {
 public:
  Run(const std::vector<ParameterSlot>& slots,
      const std::vector<at::Tensor>& weights, at::Tensor x)
      : slots_(slots), weights_(weights), h_(std::move(x)) {}

  // A row of all batches is one image, of which a group of networks sees the
  // channels of its own batch.
  void operator()(const Convolve& convolve) {
    const ParameterSlot& slot = slots_[convolve.slot];
    const int64_t groups = slot.index == 0 ? h_.size(0) : networks();
    if (slot.index == 0) h_ = h_.transpose(0, 1).flatten(1, 2);
    // Generators write weights channels-last, in which grouped convolutions of
    // cuDNN take up to three times as long (docs/performance.md).
    const at::Tensor w =
        weights_[slot.WeightTensor()].flatten(0, 1).contiguous();
    h_ = at::conv2d(h_, w, weights_[slot.BiasTensor()].reshape({-1}), 1,
                    convolve.padding, 1, groups);
  }
  void operator()(const MaxPool& pool) { h_ = at::max_pool2d(h_, pool.size); }
  void operator()(const Flatten& flatten) {
    h_ = flatten.order == FeatureOrder::kChannelsFirst
             ? h_.flatten(2)
             : h_.unflatten(1, {networks(), -1})
                   .permute({1, 0, 3, 4, 2})
                   .flatten(2);
  }
  void operator()(const Multiply& multiply) {
    const ParameterSlot& slot = slots_[multiply.slot];
    h_ = Linear(h_, weights_[slot.WeightTensor()], weights_[slot.BiasTensor()]);
  }
  void operator()(const Activate& activate) {
    h_ = Activated(TraitsOf(activate.activation), h_);
  }

  const at::Tensor& result() const { return h_; }

 private:
  int64_t networks() const { return weights_[0].size(0); }

  const std::vector<ParameterSlot>& slots_;
  const std::vector<at::Tensor>& weights_;
  at::Tensor h_;
};

at::Tensor NetworkBatch::Outputs(const at::Tensor& batches,
                                 const std::vector<at::Tensor>& weights) const {
  const size_t tensors = 2 * operations_.slots.size();
  TORCH_CHECK(weights.size() == tensors, "weight sets: expected ", tensors,
              " tensors, got ", weights.size());
  Run run(operations_.slots, weights,
          (batches - input_mean_) / input_deviation_);
  for (const Operation& step : operations_.steps) std::visit(run, step);
  return run.result() * output_deviation_ + output_mean_;
}

}  // namespace hypergan
