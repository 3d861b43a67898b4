#include "hypergan/compute/winograd_convolution.h"

#include <algorithm>

namespace hypergan {
namespace {

constexpr int64_t kPairs = kWinogradPoints * kWinogradPoints;
// Rows of a product that fill the registers of every kernel.
constexpr int64_t kEnoughTiles = 12;
// With fewer channels the transforms cost more than they save.
constexpr int64_t kFewestChannels = 16;
// Of transformed weights a worker, 8 MiB: past the caches, where they gain
// nothing.
constexpr int64_t kMostWeights = int64_t{1} << 21;

int64_t TileOf(int64_t size) { return kWinogradPoints + 1 - size; }
// From one pair of points to the next: a power of two would put all 64 into the
// same set of the L1 cache.
int64_t PointStride(int64_t numbers) { return numbers + 16; }
int64_t CeilOfQuotient(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

bool WinogradConvolution::Suits(const Shape& shape) {
  if (shape.size != 3 && shape.size != 5) return false;
  if (std::min(shape.inputs, shape.outputs) < kFewestChannels) return false;
  if (shape.inputs * shape.outputs > kMostWeights / kPairs) return false;
  const int64_t tile = TileOf(shape.size);
  const int64_t products = kPairs * CeilOfQuotient(shape.height, tile) *
                           CeilOfQuotient(shape.width, tile);
  // What the transforms cost, and a kernel's with only one image at hand.
  constexpr int64_t kLeastGain = 4;
  return kLeastGain * products <=
         shape.height * shape.width * shape.size * shape.size;
}

WinogradConvolution::WinogradConvolution(const Shape& shape,
                                         const Kernel* kernel)
    : shape_(shape),
      kernel_(kernel),
      tile_(TileOf(shape.size)),
      tiles_down_(CeilOfQuotient(shape.height, tile_)),
      tiles_across_(CeilOfQuotient(shape.width, tile_)),
      images_(CeilOfQuotient(kEnoughTiles, tiles())) {
  for (int64_t t = 0; t < images_ * tiles(); ++t) {
    offsets_.push_back(t * shape.inputs);
  }
}

int64_t WinogradConvolution::weights_stride() const {
  return PointStride(kernel_->PackedSize(shape_.outputs, shape_.inputs));
}

WinogradConvolution::Buffers WinogradConvolution::NewBuffers() const {
  const auto of_pairs = [](int64_t stride) {
    return std::vector<float>(static_cast<size_t>(kPairs * stride));
  };
  Buffers buffers;
  buffers.weights = of_pairs(weights_stride());
  buffers.inputs = of_pairs(PointStride(images_ * tiles() * shape_.inputs));
  buffers.outputs = of_pairs(PointStride(images_ * tiles() * shape_.outputs));
  return buffers;
}

void WinogradConvolution::SetWeights(const float* packed,
                                     Buffers* buffers) const {
  WinogradWeights weights;
  weights.size = shape_.size;
  weights.inputs = shape_.inputs;
  weights.outputs = shape_.outputs;
  weights.packed = packed;
  weights.transformed = buffers->weights.data();
  weights.point_stride = weights_stride();
  kernel_->winograd_weights(weights);
}

void WinogradConvolution::Run(const Images& images, const float* biases,
                              Buffers* buffers, float* outputs) const {
  WinogradTiles in;
  in.size = shape_.size;
  in.down = tiles_down_;
  in.across = tiles_across_;
  in.channels = shape_.inputs;
  in.row_stride = images.width * shape_.inputs;
  in.point_stride = PointStride(images.count * tiles() * shape_.inputs);
  for (int64_t i = 0; i < images.count; ++i) {
    kernel_->winograd_input(in,
                            images.first + i * images.height * in.row_stride,
                            buffers->inputs.data() + i * tiles() * in.channels);
  }

  WinogradTiles out = in;
  out.channels = shape_.outputs;
  out.row_stride = output_width() * shape_.outputs;
  out.point_stride = PointStride(images.count * tiles() * shape_.outputs);
  Product product;
  product.offsets = offsets_.data();
  product.rows = images.count * tiles();
  product.length = shape_.inputs;
  product.outputs = shape_.outputs;
  product.output_stride = shape_.outputs;
  for (int64_t pair = 0; pair < kPairs; ++pair) {
    product.input = buffers->inputs.data() + pair * in.point_stride;
    product.weights = buffers->weights.data() + pair * weights_stride();
    product.output = buffers->outputs.data() + pair * out.point_stride;
    kernel_->multiply(product);
  }

  for (int64_t i = 0; i < images.count; ++i) {
    kernel_->winograd_output(
        out, buffers->outputs.data() + i * tiles() * out.channels, biases,
        outputs + i * output_height() * out.row_stride);
  }
}

}  // namespace hypergan
