#pragma once

#include <cstdint>
#include <vector>

namespace hypergan {

// A matrix product whose left rows lie anywhere in one array, so that a
// convolution's patches need not be copied out:
//   output[r][o] = biases[o] + sum over s < segments, k < length of
//                  input[offsets[r] + s * segment_stride + k]
//                  * w[o][s * length + k]
// A linear layer has one segment; a convolution of a channels-last image has
// one for each row of its kernel.
struct Product {
  const float* input = nullptr;
  const int64_t* offsets = nullptr;  // [rows]
  int64_t rows = 0;
  int64_t segments = 1;
  int64_t segment_stride = 0;
  int64_t length = 0;
  // As Kernel::pack lays them out. If half_weights is not null it stands
  // instead: the same as bfloat16, for one segment.
  const float* weights = nullptr;
  const uint16_t* half_weights = nullptr;
  const float* biases = nullptr;  // [outputs]; null: zeros
  int64_t outputs = 0;
  float* output = nullptr;
  int64_t output_stride = 0;  // from row to row, >= outputs
  // The weights are read for the first time and once: worth fetching ahead.
  bool streams_weights = false;
};

// The same sums in the same order without the terms that are zero: half of
// them, where a ReLU's outputs are multiplied. Right for finite weights only
// (0 * infinity is NaN). Inputs are cut into blocks of Kernel::sparse_block; a
// row of a block has an even number of terms, the last one a zero if need be.
struct SparseProduct {
  Product product;  // its input and offsets are not read; one segment
  const float* values = nullptr;    // block by block, in it row by row
  const int32_t* inputs = nullptr;  // of each value, from its block's first on
  const int64_t* begins = nullptr;  // [blocks * rows + 1], of values
};

// What follows a layer's sums: x < 0 ? slope * x : x, or, if `exponential`,
// x < 0 ? exp(x) - 1 : x. NaN stays NaN.
struct Nonlinearity {
  float slope = 1;  // 1: none, 0: ReLU
  bool exponential = false;
};

// Max-pooling of one strip of `pool` rows, channels-last, then the
// nonlinearity. NaN stays NaN, as it does in LibTorch.
struct PoolStrip {
  const float* input = nullptr;  // [pool, input_width, channels]
  int64_t pool = 1;
  int64_t input_width = 0;
  int64_t channels = 0;
  Nonlinearity nonlinearity;
  float* output = nullptr;  // [width, channels]
  int64_t width = 0;        // after pooling
};

// Winograd's convolution of k x k kernels computes a tile of (9 - k) x (9 - k)
// outputs from 8 x 8 inputs in 64 products, one for each pair of interpolation
// points: 256 instead of 1,600 multiplications a channel for k = 5 and 1,296
// for k = 3. (Winograd 1980; Lavin and Gray, arXiv:1509.09308, whose matrices
// are B^T, G and A^T.)
constexpr int64_t kWinogradPoints = 8;  // along a side

// The kernels of all inputs and outputs: transformed = G w G^T.
struct WinogradWeights {
  int64_t size = 5;  // k: 3 or 5
  int64_t inputs = 0, outputs = 0;
  const float* packed = nullptr;  // as `pack` lays out [outputs, k, k, inputs]
  // For each pair of points, `point_stride` apart, [outputs, inputs] packed.
  float* transformed = nullptr;
  int64_t point_stride = 0;
};

// The tiles of one channels-last image: [down * across, channels] for each
// pair of points, `point_stride` apart.
struct WinogradTiles {
  int64_t size = 5;  // k: 3 or 5
  int64_t down = 0, across = 0;
  int64_t channels = 0;
  int64_t row_stride = 0;  // of the image
  int64_t point_stride = 0;
};

// The inner loops, in the instructions of one kind of CPU. Plain functions on
// plain memory: no LibTorch, no allocation, safe from any threads.
struct Kernel {
  const char* name;
  int64_t panel;         // outputs that are computed together
  int64_t sparse_block;  // inputs, of a SparseProduct

  // Numbers that `pack` writes: w with its outputs rounded up to whole panels.
  int64_t PackedSize(int64_t outputs, int64_t inputs) const {
    return (outputs + panel - 1) / panel * panel * inputs;
  }
  // w [outputs, inputs] row-major -> [panels, inputs, panel], zeros at the end.
  void (*pack)(const float* w, int64_t outputs, int64_t inputs, float* packed);
  void (*multiply)(const Product& product);
  void (*multiply_sparse)(const SparseProduct& sparse);
  void (*pool)(const PoolStrip& strip);
  void (*activate)(float* values, int64_t count, Nonlinearity nonlinearity);
  void (*winograd_weights)(const WinogradWeights& weights);
  // B^T d B of an image of down * (9 - k) + k - 1 rows, and as many columns.
  void (*winograd_input)(const WinogradTiles& tiles, const float* image,
                         float* transformed);
  // A^T m A + biases [channels] to an image of down * (9 - k) rows.
  void (*winograd_output)(const WinogradTiles& tiles, const float* transformed,
                          const float* biases, float* image);
};

// The kernels that this machine can run, the best one first; none on a CPU
// without AVX2.
const std::vector<const Kernel*>& Kernels();

}  // namespace hypergan
