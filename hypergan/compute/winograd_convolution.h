#pragma once

#include <cstdint>
#include <vector>

#include "hypergan/compute/kernel.h"

namespace hypergan {

// A square convolution with stride 1 in Winograd's form: six (5 x 5) or five
// (3 x 3) times fewer multiplications than the sum over patches, at the price
// of transforming kernels, inputs and outputs, and of an error of some 5e-6 of
// the largest output where the sum has 2e-7. Immutable; for any threads.
class WinogradConvolution {
 public:
  // The convolution's sizes, `height` and `width` those of the outputs wanted.
  struct Shape {
    int64_t size = 0;  // k
    int64_t inputs = 0, outputs = 0;
    int64_t height = 0, width = 0;
  };

  // Whether this form is the faster one. It depends on the layer alone, so that
  // a row's answer does not depend on the rows beside it.
  static bool Suits(const Shape& shape);

  // `shape` suits. `kernel` is borrowed.
  WinogradConvolution(const Shape& shape, const Kernel* kernel);

  // Images whose tiles fill the registers of a product; more at once do not
  // help.
  int64_t images() const { return images_; }
  // Of an image in, at least: the outputs in whole tiles, + k - 1.
  int64_t input_height() const { return output_height() + shape_.size - 1; }
  int64_t input_width() const { return output_width() + shape_.size - 1; }
  // Of an image out, in whole tiles.
  int64_t output_height() const { return tiles_down_ * tile_; }
  int64_t output_width() const { return tiles_across_ * tile_; }

  // A thread's memory.
  struct Buffers {
    std::vector<float> weights;          // of the network at hand
    std::vector<float> inputs, outputs;  // of all tiles, by pair of points
  };
  Buffers NewBuffers() const;

  // Takes a network's kernels, packed as [outputs, k, k, inputs].
  void SetWeights(const float* packed, Buffers* buffers) const;

  // Images [count, height, width, inputs], count <= images(), the height and
  // width at least those above.
  struct Images {
    const float* first = nullptr;
    int64_t count = 0;
    int64_t height = 0, width = 0;
  };
  // To [count, output_height, output_width, outputs].
  void Run(const Images& images, const float* biases, Buffers* buffers,
           float* outputs) const;

 private:
  int64_t weights_stride() const;  // from one pair of points to the next
  int64_t tiles() const { return tiles_down_ * tiles_across_; }  // of an image

  Shape shape_;
  const Kernel* kernel_;
  int64_t tile_;  // outputs along a tile's side
  int64_t tiles_down_, tiles_across_;
  int64_t images_;
  std::vector<int64_t> offsets_;  // of the tiles' inputs
};

}  // namespace hypergan
