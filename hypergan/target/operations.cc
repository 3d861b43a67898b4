#include "hypergan/target/operations.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace hypergan {
namespace {

constexpr size_t kMaxLayers = 64;
constexpr int64_t kMaxOutputs = int64_t{1} << 20;
constexpr int64_t kMaxLayerWeights = int64_t{1} << 28;
constexpr int64_t kMaxImageSide = 4096;

absl::Status LayerError(size_t index, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("target network: layer ", index, ": ", what));
}

// Translates layer after layer, and knows what the last operation wrote: an
// image or features.
class Translation {
 public:
  explicit Translation(const std::vector<int64_t>& input_shape)
      : features_(input_shape[0]) {
    if (input_shape.size() == 3) {
      image_ = {input_shape[0], input_shape[1], input_shape[2]};
    }
  }

  absl::Status Add(const Layer& layer) {
    if (layer.outputs < 1 || layer.outputs > kMaxOutputs) {
      return LayerError(
          index(), absl::StrCat("outputs must be in 1..", kMaxOutputs, ", got ",
                                layer.outputs));
    }
    HG_RETURN_IF_ERROR(layer.kind == LayerKind::kConv2d ? AddConvolution(layer)
                                                        : AddLinear(layer));
    if (layer.activation != Activation::kNone) {
      Append(Activate{layer.activation});
    }
    return absl::OkStatus();
  }

  Operations Take() { return std::move(operations_); }

 private:
  size_t index() const { return operations_.slots.size(); }
  void Append(const Operation& operation) {
    operations_.steps.push_back(operation);
  }

  absl::Status AddSlot(const Layer& layer, std::vector<int64_t> weight) {
    ParameterSlot slot;
    slot.index = index();
    slot.outputs = layer.outputs;
    slot.weight = std::move(weight);
    slot.fan_in = 1;
    for (size_t i = 1; i < slot.weight.size(); ++i) {
      slot.fan_in *= slot.weight[i];
    }
    slot.gain = TraitsOf(layer.activation).gain;
    slot.generator = layer.generator;
    if (slot.fan_in > kMaxLayerWeights / layer.outputs) {
      return LayerError(
          index(), absl::StrCat("more than ", kMaxLayerWeights, " weights"));
    }
    operations_.slots.push_back(std::move(slot));
    return absl::OkStatus();
  }

  absl::Status AddConvolution(const Layer& layer) {
    if (!image_) {
      return LayerError(index(),
                        "conv2d needs a [channels, height, width] input");
    }
    if (layer.kernel < 1 || layer.kernel > 31 || layer.padding < 0 ||
        layer.padding >= layer.kernel || layer.pool < 1 || layer.pool > 16) {
      return LayerError(
          index(), "expected kernel in 1..31, padding below it, pool in 1..16");
    }
    const int64_t lost = layer.kernel - 1 - 2 * layer.padding;
    const ImageSize output = {layer.outputs, image_->height - lost,
                              image_->width - lost};
    if (output.height < layer.pool || output.width < layer.pool) {
      return LayerError(index(),
                        absl::StrCat("kernel and pool leave nothing of ",
                                     image_->height, "x", image_->width));
    }
    Append(Convolve{index(), layer.kernel, layer.padding, *image_, output});
    HG_RETURN_IF_ERROR(AddSlot(
        layer, {layer.outputs, image_->channels, layer.kernel, layer.kernel}));
    image_ = output;
    if (layer.pool > 1) {
      const ImageSize pooled = {output.channels, output.height / layer.pool,
                                output.width / layer.pool};
      Append(MaxPool{layer.pool, output, pooled});
      image_ = pooled;
    }
    return absl::OkStatus();
  }

  absl::Status AddLinear(const Layer& layer) {
    if (image_) {
      Append(Flatten{index() == 0 ? FeatureOrder::kChannelsFirst
                                  : FeatureOrder::kChannelsLast,
                     *image_});
      features_ = image_->NumValues();
      image_.reset();
    }
    Append(Multiply{index()});
    HG_RETURN_IF_ERROR(AddSlot(layer, {layer.outputs, features_}));
    features_ = layer.outputs;
    return absl::OkStatus();
  }

  Operations operations_;
  std::optional<ImageSize> image_;
  int64_t features_;
};

absl::Status CheckConstants(const std::vector<double>& mean,
                            const std::vector<double>& deviation,
                            int64_t expected, absl::string_view what) {
  const auto size = static_cast<size_t>(expected);
  const bool sizes_fit = (mean.empty() && deviation.empty()) ||
                         (mean.size() == size && deviation.size() == size);
  if (!sizes_fit) {
    return absl::InvalidArgumentError(absl::StrCat(
        "target network: ", what, " mean and deviation: expected ", expected,
        " of each or none, got ", mean.size(), " and ", deviation.size()));
  }
  for (double value : deviation) {
    if (!(value > 0)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "target network: ", what, " deviation must be positive"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckInputShape(const std::vector<int64_t>& shape) {
  const size_t rank = shape.size();
  if (rank != 1 && rank != 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "target network: input_shape must be [features] or [channels, height, "
        "width], got ",
        rank, " dimensions"));
  }
  for (int64_t size : shape) {
    if (size < 1 || size > (rank == 1 ? kMaxOutputs : kMaxImageSide)) {
      return absl::InvalidArgumentError(
          absl::StrCat("target network: input_shape out of bounds: [",
                       absl::StrJoin(shape, ", "), "]"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Operations> OperationsOf(const TargetNetwork& target) {
  HG_RETURN_IF_ERROR(CheckInputShape(target.input_shape));
  if (target.layers.empty() || target.layers.size() > kMaxLayers) {
    return absl::InvalidArgumentError(
        absl::StrCat("target network: expected 1..", kMaxLayers,
                     " layers, got ", target.layers.size()));
  }
  if (target.layers.back().kind != LayerKind::kLinear) {
    return absl::InvalidArgumentError(
        "target network: the last layer must be linear");
  }
  HG_RETURN_IF_ERROR(CheckConstants(target.input_mean, target.input_deviation,
                                    target.input_shape[0], "input"));
  HG_RETURN_IF_ERROR(CheckConstants(target.output_mean, target.output_deviation,
                                    target.NumOutputs(), "output"));
  Translation translation(target.input_shape);
  for (const Layer& layer : target.layers) {
    HG_RETURN_IF_ERROR(translation.Add(layer));
  }
  return translation.Take();
}

absl::Status CheckTargetNetwork(const TargetNetwork& target) {
  return OperationsOf(target).status();
}

std::vector<ParameterSlot> SlotsOf(const TargetNetwork& target) {
  return OperationsOf(target)->slots;
}

int64_t NumParameters(const TargetNetwork& target) {
  int64_t total = 0;
  for (const ParameterSlot& slot : SlotsOf(target)) {
    total += slot.NumParameters();
  }
  return total;
}

}  // namespace hypergan
