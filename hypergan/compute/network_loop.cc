#include "hypergan/compute/network_loop.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/status_macros.h"

namespace hypergan {
namespace {

std::vector<float> Constants(const std::vector<double>& values, int64_t size,
                             float fallback) {
  if (values.empty()) {
    return std::vector<float>(static_cast<size_t>(size), fallback);
  }
  return {values.begin(), values.end()};
}

// One tensor of one list of weight sets: where network n's numbers start.
struct Numbers {
  at::Tensor tensor;  // keeps the memory
  const float* first = nullptr;
  int64_t stride = 0;

  const float* Network(int64_t n) const { return first + n * stride; }
};

struct SlotNumbers {
  Numbers weights, biases;
};

// `tensor` [networks, outputs, channels, k, k] or [networks, ...] as numbers
// that lie one after the other within each network, a convolution's in the
// order (output, height, width, channel).
Numbers NumbersOf(at::Tensor tensor, int64_t networks,
                  const std::vector<int64_t>& shape) {
  TORCH_CHECK(tensor.is_cpu() && tensor.scalar_type() == at::kFloat &&
                  tensor.dim() > 0 && tensor.size(0) == networks &&
                  tensor.sizes().slice(1).equals(shape),
              "weight sets: expected float32 [", networks, ", ",
              at::IntArrayRef(shape), "] on the CPU, got ",
              tensor.scalar_type(), " ", tensor.sizes());
  if (tensor.dim() == 5) tensor = tensor.permute({0, 1, 3, 4, 2});
  if (!tensor.select(0, 0).is_contiguous()) tensor = tensor.contiguous();
  return {tensor, tensor.const_data_ptr<float>(), tensor.stride(0)};
}

}  // namespace

// Operations as stages. All activations are monotonic, so that a stage may pool
// before or after its own.
class NetworkLoop::Lowering {
 public:
  explicit Lowering(const std::vector<ParameterSlot>& slots) : slots_(slots) {}

  void operator()(const Convolve& convolve) {
    Stage& stage = stages_.emplace_back();
    stage.slot = slots_[convolve.slot];
    stage.kernel = convolve.kernel;
    stage.padding = convolve.padding;
    stage.convolved = convolve.output;
  }
  void operator()(const MaxPool& pool) { stages_.back().pool = pool.size; }
  // The last convolution writes features; the layout of the rows does, too.
  void operator()(const Flatten&) {}
  void operator()(const Multiply& multiply) {
    stages_.emplace_back().slot = slots_[multiply.slot];
  }
  void operator()(const Activate& activate) {
    const ActivationTraits& traits = TraitsOf(activate.activation);
    stages_.back().nonlinearity = {.slope = static_cast<float>(traits.slope),
                                   .exponential = traits.exponential};
  }

  std::vector<Stage> Take() { return std::move(stages_); }

 private:
  const std::vector<ParameterSlot>& slots_;
  std::vector<Stage> stages_;
};

absl::StatusOr<NetworkLoop> NetworkLoop::Create(const TargetNetwork& target,
                                                const Kernel* kernel) {
  HG_ASSIGN_OR_RETURN(const Operations operations, OperationsOf(target));
  Lowering lowering(operations.slots);
  for (const Operation& step : operations.steps) std::visit(lowering, step);
  NetworkLoop loop;
  loop.kernel_ = kernel;
  loop.input_shape_ = target.input_shape;
  loop.stages_ = lowering.Take();
  for (Stage& stage : loop.stages_) {
    stage.packed_size =
        kernel->PackedSize(stage.slot.outputs, stage.slot.fan_in);
    if (!stage.slot.IsConvolution()) continue;
    loop.PlanConvolution(stage);
    ++loop.num_convolutions_;
  }
  loop.features_ = loop.stages_[loop.num_convolutions_].slot.fan_in;
  const int64_t channels = target.input_shape[0];
  loop.input_mean_ = Constants(target.input_mean, channels, 0);
  loop.input_deviation_ = Constants(target.input_deviation, channels, 1);
  loop.output_mean_ = Constants(target.output_mean, target.NumOutputs(), 0);
  loop.output_deviation_ =
      Constants(target.output_deviation, target.NumOutputs(), 1);
  return loop;
}

void NetworkLoop::PlanConvolution(Stage& stage) {
  stage.channels = stage.slot.Inputs();
  stage.out_height = stage.convolved.height / stage.pool;
  stage.out_width = stage.convolved.width / stage.pool;
  const WinogradConvolution::Shape used = {
      .size = stage.kernel,
      .inputs = stage.channels,
      .outputs = stage.slot.outputs,
      .height = stage.out_height * stage.pool,
      .width = stage.out_width * stage.pool};
  // The kernel covers all of the padded input.
  stage.height = stage.convolved.height + stage.kernel - 1;
  stage.width = stage.convolved.width + stage.kernel - 1;
  if (WinogradConvolution::Suits(used)) {
    stage.winograd.emplace(used, kernel_);
    stage.height = std::max(stage.height, stage.winograd->input_height());
    stage.width = std::max(stage.width, stage.winograd->input_width());
    stage.strip_width = stage.winograd->output_width();
    group_ = std::max(group_, stage.winograd->images());
    return;
  }
  stage.strip_width = used.width;
  for (int64_t y = 0; y < stage.pool; ++y) {
    for (int64_t x = 0; x < used.width; ++x) {
      stage.strip_offsets.push_back((y * stage.width + x) * stage.channels);
    }
  }
}

// One call of Predict: its buffers, and the weights of the network at hand.
class NetworkLoop::Run {
 public:
  Run(const NetworkLoop& loop, const at::Tensor& rows);

  // Networks of `weight_sets`, each on all rows, to outputs [count, B, K].
  void Networks(const WeightSets& weight_sets, float* outputs);

 private:
  // Where a convolution writes: row y of its output starts at y * stride.
  struct Target {
    float* data;
    int64_t stride;
  };

  int64_t RowSize() const {
    return static_cast<int64_t>(layout_.size()) / rows_;
  }
  void LayOutImages(const float* rows);
  void LayOutFeatures(const float* rows);
  void PackNetwork(const std::vector<SlotNumbers>& numbers, int64_t n);
  void Convolutions(const float* images, int64_t count, float* features);
  Target TargetOf(size_t i, int64_t image, float* features);
  void Winograd(size_t i, const float* inputs, int64_t begin, int64_t count,
                float* features);
  void Convolution(size_t i, const float* image, Target target);
  PoolStrip StripOf(const Stage& stage) const;
  void LinearLayers(float* outputs);
  void Linear(size_t i, const float* input, float* output);

  const NetworkLoop& loop_;
  const Kernel& kernel_;
  const int64_t rows_;         // B
  std::vector<float> layout_;  // the rows, as the first layer wants them
  std::vector<std::vector<float>> packed_;  // weights of each layer
  std::vector<const float*> biases_;        // of each layer
  // Of each convolution: Winograd's buffers, and its inputs but for the first.
  std::vector<WinogradConvolution::Buffers> winograd_;
  std::vector<std::vector<float>> images_;
  std::vector<float> strips_;                // one, or all of some images
  std::vector<float> features_, hidden_[2];  // [B, ...]
  std::vector<int64_t> offsets_;             // [B]
};

NetworkLoop::Run::Run(const NetworkLoop& loop, const at::Tensor& rows)
    : loop_(loop), kernel_(*loop.kernel_), rows_(rows.size(0)) {
  TORCH_CHECK(rows.is_cpu() && rows.scalar_type() == at::kFloat &&
                  rows.sizes().slice(1).equals(loop.input_shape_),
              "rows: expected float32 [B, ", at::IntArrayRef(loop.input_shape_),
              "] on the CPU, got ", rows.scalar_type(), " ", rows.sizes());
  const at::Tensor contiguous = rows.contiguous();
  const auto* data = contiguous.const_data_ptr<float>();
  size_t strips = 0;
  size_t hidden = 0;
  for (size_t i = 0; i < loop.stages_.size(); ++i) {
    const Stage& stage = loop.stages_[i];
    packed_.emplace_back(static_cast<size_t>(stage.packed_size));
    const auto outputs = static_cast<size_t>(stage.slot.outputs);
    if (i >= loop.num_convolutions_) {
      hidden = std::max(hidden, outputs * static_cast<size_t>(rows_));
      continue;
    }
    size_t pixels = stage.strip_offsets.size();
    winograd_.emplace_back();
    if (const auto& winograd = stage.winograd; winograd) {
      winograd_.back() = winograd->NewBuffers();
      pixels =
          static_cast<size_t>(winograd->images() * winograd->output_height() *
                              winograd->output_width());
    }
    strips = std::max(strips, pixels * outputs);
    // Zeros, of which the borders stay.
    images_.emplace_back(
        i == 0 ? 0 : static_cast<size_t>(loop.group_ * stage.InputSize()));
  }
  strips_.resize(strips);
  hidden_[0].resize(hidden);
  hidden_[1].resize(hidden);
  offsets_.resize(static_cast<size_t>(rows_));
  biases_.resize(loop.stages_.size());
  if (loop.num_convolutions_ > 0) {
    features_.resize(static_cast<size_t>(rows_ * loop.features_));
    LayOutImages(data);
  } else {
    LayOutFeatures(data);
  }
}

// [B, channels, height, width] -> normalised, channels-last, with a border of
// zeros.
void NetworkLoop::Run::LayOutImages(const float* rows) {
  const Stage& stage = loop_.stages_[0];
  const int64_t padding = stage.padding;
  const int64_t height = loop_.input_shape_[1];
  const int64_t width = loop_.input_shape_[2];
  const int64_t size = stage.InputSize();
  layout_.resize(static_cast<size_t>(rows_ * size));
  for (int64_t b = 0; b < rows_; ++b) {
    for (int64_t c = 0; c < stage.channels; ++c) {
      const float mean = loop_.input_mean_[c];
      const float deviation = loop_.input_deviation_[c];
      for (int64_t y = 0; y < height; ++y) {
        float* out = layout_.data() + b * size + c +
                     ((y + padding) * stage.width + padding) * stage.channels;
        for (int64_t x = 0; x < width; ++x) {
          out[x * stage.channels] = (*rows++ - mean) / deviation;
        }
      }
    }
  }
}

// [B, features], or [B, channels, height, width] in that order.
void NetworkLoop::Run::LayOutFeatures(const float* rows) {
  layout_.resize(static_cast<size_t>(rows_ * loop_.features_));
  const auto channels = static_cast<int64_t>(loop_.input_mean_.size());
  const int64_t pixels = loop_.features_ / channels;
  float* out = layout_.data();
  for (int64_t b = 0; b < rows_; ++b) {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t i = 0; i < pixels; ++i) {
        *out++ = (*rows++ - loop_.input_mean_[c]) / loop_.input_deviation_[c];
      }
    }
  }
}

void NetworkLoop::Run::Networks(const WeightSets& weight_sets, float* outputs) {
  TORCH_CHECK(weight_sets.tensors.size() == 2 * loop_.stages_.size(),
              "weight sets: expected ", 2 * loop_.stages_.size(),
              " tensors, got ", weight_sets.tensors.size());
  const int64_t count = weight_sets.count();
  if (count == 0) return;
  std::vector<SlotNumbers> numbers;
  for (const Stage& stage : loop_.stages_) {
    const ParameterSlot& slot = stage.slot;
    numbers.push_back({NumbersOf(weight_sets.tensors[slot.WeightTensor()],
                                 count, slot.weight),
                       NumbersOf(weight_sets.tensors[slot.BiasTensor()], count,
                                 {slot.outputs})});
  }
  const int64_t size = rows_ * loop_.stages_.back().slot.outputs;
  for (int64_t n = 0; n < count; ++n) {
    PackNetwork(numbers, n);
    for (int64_t b = 0; b < rows_ && loop_.num_convolutions_ > 0;
         b += loop_.group_) {
      Convolutions(layout_.data() + b * RowSize(),
                   std::min(loop_.group_, rows_ - b),
                   features_.data() + b * loop_.features_);
    }
    LinearLayers(outputs + n * size);
  }
}

void NetworkLoop::Run::PackNetwork(const std::vector<SlotNumbers>& numbers,
                                   int64_t n) {
  for (size_t i = 0; i < packed_.size(); ++i) {
    const ParameterSlot& slot = loop_.stages_[i].slot;
    kernel_.pack(numbers[i].weights.Network(n), slot.outputs, slot.fan_in,
                 packed_[i].data());
    if (const auto& winograd = loop_.stages_[i].winograd; winograd) {
      winograd->SetWeights(packed_[i].data(), &winograd_[i]);
    }
    biases_[i] = numbers[i].biases.Network(n);
  }
}

// All convolutions on `count` rows.
void NetworkLoop::Run::Convolutions(const float* images, int64_t count,
                                    float* features) {
  for (size_t i = 0; i < loop_.num_convolutions_; ++i) {
    const Stage& stage = loop_.stages_[i];
    const float* inputs = i == 0 ? images : images_[i].data();
    if (!stage.winograd) {
      for (int64_t image = 0; image < count; ++image) {
        Convolution(i, inputs + image * stage.InputSize(),
                    TargetOf(i, image, features));
      }
      continue;
    }
    for (int64_t begin = 0; begin < count; begin += stage.winograd->images()) {
      Winograd(i, inputs, begin,
               std::min(count - begin, stage.winograd->images()), features);
    }
  }
}

// Inside the border of the next convolution's input, or in the features.
NetworkLoop::Run::Target NetworkLoop::Run::TargetOf(size_t i, int64_t image,
                                                    float* features) {
  if (i + 1 == loop_.num_convolutions_) {
    const Stage& stage = loop_.stages_[i];
    return {features + image * loop_.features_,
            stage.out_width * stage.slot.outputs};
  }
  const Stage& next = loop_.stages_[i + 1];
  return {images_[i + 1].data() + image * next.InputSize() +
              next.padding * (next.width + 1) * next.channels,
          next.width * next.channels};
}

PoolStrip NetworkLoop::Run::StripOf(const Stage& stage) const {
  PoolStrip strip;
  strip.input = strips_.data();
  strip.pool = stage.pool;
  strip.input_width = stage.strip_width;
  strip.channels = stage.slot.outputs;
  strip.nonlinearity = stage.nonlinearity;
  strip.width = stage.out_width;
  return strip;
}

// `count` images from `begin` on, as many as the form takes at once.
void NetworkLoop::Run::Winograd(size_t i, const float* inputs, int64_t begin,
                                int64_t count, float* features) {
  const Stage& stage = loop_.stages_[i];
  const WinogradConvolution& winograd = *stage.winograd;
  winograd.Run({.first = inputs + begin * stage.InputSize(),
                .count = count,
                .height = stage.height,
                .width = stage.width},
               biases_[i], &winograd_[i], strips_.data());
  PoolStrip strip = StripOf(stage);
  const int64_t row = stage.strip_width * stage.slot.outputs;
  for (int64_t image = 0; image < count; ++image) {
    const Target target = TargetOf(i, begin + image, features);
    const float* rows = strips_.data() + image * winograd.output_height() * row;
    for (int64_t y = 0; y < stage.out_height; ++y) {
      strip.input = rows + y * stage.pool * row;
      strip.output = target.data + y * target.stride;
      kernel_.pool(strip);
    }
  }
}

// The sum over patches, strip by strip.
void NetworkLoop::Run::Convolution(size_t i, const float* image,
                                   Target target) {
  const Stage& stage = loop_.stages_[i];
  const int64_t row = stage.width * stage.channels;
  Product product;
  product.offsets = stage.strip_offsets.data();
  product.rows = static_cast<int64_t>(stage.strip_offsets.size());
  product.segments = stage.kernel;
  product.segment_stride = row;
  product.length = stage.kernel * stage.channels;
  product.weights = packed_[i].data();
  product.biases = biases_[i];
  product.outputs = stage.slot.outputs;
  product.output = strips_.data();
  product.output_stride = stage.slot.outputs;
  PoolStrip strip = StripOf(stage);
  for (int64_t y = 0; y < stage.out_height; ++y) {
    product.input = image + y * stage.pool * row;
    kernel_.multiply(product);
    strip.output = target.data + y * target.stride;
    kernel_.pool(strip);
  }
}

// All linear layers on all rows.
void NetworkLoop::Run::LinearLayers(float* outputs) {
  const size_t first = loop_.num_convolutions_;
  const float* input = first > 0 ? features_.data() : layout_.data();
  for (size_t i = first; i < loop_.stages_.size(); ++i) {
    const bool last = i + 1 == loop_.stages_.size();
    float* output = last ? outputs : hidden_[i % 2].data();
    Linear(i, input, output);
    input = output;
  }
  const auto num_outputs = static_cast<int64_t>(loop_.output_mean_.size());
  for (int64_t b = 0; b < rows_; ++b) {
    for (int64_t k = 0; k < num_outputs; ++k) {
      float& output = outputs[b * num_outputs + k];
      output = output * loop_.output_deviation_[k] + loop_.output_mean_[k];
    }
  }
}

void NetworkLoop::Run::Linear(size_t i, const float* input, float* output) {
  const Stage& stage = loop_.stages_[i];
  const int64_t inputs = stage.slot.fan_in;
  for (int64_t b = 0; b < rows_; ++b) offsets_[b] = b * inputs;
  Product product;
  product.input = input;
  product.offsets = offsets_.data();
  product.rows = rows_;
  product.length = inputs;
  product.weights = packed_[i].data();
  product.biases = biases_[i];
  product.outputs = stage.slot.outputs;
  product.output = output;
  product.output_stride = stage.slot.outputs;
  kernel_.multiply(product);
  kernel_.activate(output, rows_ * stage.slot.outputs, stage.nonlinearity);
}

at::Tensor NetworkLoop::Predict(
    const at::Tensor& rows, absl::Span<const WeightSets> weight_sets) const {
  const int64_t num_outputs = stages_.back().slot.outputs;
  const at::Tensor outputs =
      at::empty({CountNetworks(weight_sets), rows.size(0), num_outputs});
  if (outputs.numel() == 0) return outputs;
  Run run(*this, rows);
  auto* data = outputs.data_ptr<float>();
  for (const WeightSets& sets : weight_sets) {
    run.Networks(sets, data);
    data += sets.count() * rows.size(0) * num_outputs;
  }
  return outputs;
}

}  // namespace hypergan
