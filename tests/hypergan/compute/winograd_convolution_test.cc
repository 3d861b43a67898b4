#include "hypergan/compute/winograd_convolution.h"

#include <torch/script.h>

#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

using Shape = WinogradConvolution::Shape;

at::Tensor InDouble(const at::Tensor& images, const at::Tensor& w,
                    const at::Tensor& b) {
  return at::conv2d(images.to(at::kDouble).permute({0, 3, 1, 2}),
                    w.to(at::kDouble).permute({0, 3, 1, 2}), b.to(at::kDouble))
      .permute({0, 2, 3, 1});
}

// Every kernel that this CPU can run.
class WinogradConvolutionTest : public ::testing::TestWithParam<const Kernel*> {
 protected:
  // images [count, height, width, inputs], w [outputs, k, k, inputs] and b
  // [outputs] to [count, height, width, outputs] of the shape.
  at::Tensor Run(const Shape& shape, const at::Tensor& images,
                 const at::Tensor& w, const at::Tensor& b) const {
    const WinogradConvolution winograd(shape, GetParam());
    WinogradConvolution::Buffers buffers = winograd.NewBuffers();
    const at::Tensor flat = w.flatten(1).contiguous();
    std::vector<float> packed(static_cast<size_t>(
        GetParam()->PackedSize(flat.size(0), flat.size(1))));
    GetParam()->pack(flat.data_ptr<float>(), flat.size(0), flat.size(1),
                     packed.data());
    winograd.SetWeights(packed.data(), &buffers);
    const at::Tensor outputs =
        at::empty({images.size(0), winograd.output_height(),
                   winograd.output_width(), shape.outputs});
    winograd.Run({.first = images.data_ptr<float>(),
                  .count = images.size(0),
                  .height = images.size(1),
                  .width = images.size(2)},
                 b.data_ptr<float>(), &buffers, outputs.data_ptr<float>());
    return outputs.narrow(1, 0, shape.height).narrow(2, 0, shape.width);
  }

  // Images of the size it wants, or larger ones.
  at::Tensor Images(const Shape& shape, int64_t count, int64_t larger) const {
    const WinogradConvolution winograd(shape, GetParam());
    return at::randn({count, winograd.input_height() + larger,
                      winograd.input_width() + 2 * larger, shape.inputs});
  }
};

TEST_P(WinogradConvolutionTest, IsTheConvolutionInFloat64) {
  at::manual_seed(1);
  for (int64_t size : {3, 5}) {
    for (const auto& [inputs, outputs] :
         {std::pair<int64_t, int64_t>{16, 16}, {17, 33}, {32, 64}, {3, 5}}) {
      for (const auto& [height, width] :
           {std::pair<int64_t, int64_t>{8, 8}, {1, 1}, {7, 13}, {24, 5}}) {
        for (int64_t larger : {0, 3}) {
          const Shape shape = {size, inputs, outputs, height, width};
          const int64_t most = WinogradConvolution(shape, GetParam()).images();
          for (int64_t count : {int64_t{1}, most}) {
            const at::Tensor images = Images(shape, count, larger);
            const at::Tensor w = at::randn({outputs, size, size, inputs});
            const at::Tensor b = at::randn({outputs});
            const at::Tensor expected =
                InDouble(images, w, b).narrow(1, 0, height).narrow(2, 0, width);
            const at::Tensor error =
                (Run(shape, images, w, b).to(at::kDouble) - expected).abs();
            EXPECT_LE(error.max().item<double>(),
                      1e-5 * expected.abs().max().item<double>())
                << size << " " << inputs << " " << outputs << " " << height
                << "x" << width << " " << count;
          }
        }
      }
    }
  }
}

TEST_P(WinogradConvolutionTest, AnImageDoesNotDependOnThoseBesideIt) {
  at::manual_seed(2);
  const Shape shape = {5, 32, 32, 8, 8};
  const at::Tensor images =
      Images(shape, WinogradConvolution(shape, GetParam()).images(), 0);
  const at::Tensor w = at::randn({32, 5, 5, 32});
  const at::Tensor b = at::randn({32});
  const at::Tensor together = Run(shape, images, w, b);
  for (int64_t i = 0; i < images.size(0); ++i) {
    const at::Tensor alone = Run(shape, images.narrow(0, i, 1).clone(), w, b);
    EXPECT_TRUE(at::equal(alone[0], together[i])) << i;
  }
}

TEST_P(WinogradConvolutionTest, WhatIsNotANumberStaysSo) {
  const Shape shape = {3, 16, 16, 12, 12};
  const at::Tensor images = Images(shape, 1, 0);
  images[0][6][6][3] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor got =
      Run(shape, images, at::randn({16, 3, 3, 16}), at::zeros({16}));
  EXPECT_TRUE(
      got[0].narrow(0, 4, 3).narrow(1, 4, 3).isnan().all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Machine, WinogradConvolutionTest,
                         ::testing::ValuesIn(Kernels()),
                         [](const auto& tested) {
                           return std::string(tested.param->name);
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WinogradConvolutionTest);

TEST(WinogradConvolutionChoiceTest, SuitsWhereItSavesMoreThanItCosts) {
  EXPECT_TRUE(WinogradConvolution::Suits({5, 32, 32, 8, 8}));    // mnist
  EXPECT_TRUE(WinogradConvolution::Suits({3, 16, 32, 12, 12}));  // cifar-small
  EXPECT_FALSE(WinogradConvolution::Suits({5, 1, 32, 24, 24}));  // too few
  EXPECT_FALSE(WinogradConvolution::Suits({3, 32, 32, 4, 4}));   // too small
  EXPECT_FALSE(WinogradConvolution::Suits({5, 32, 32, 1, 64}));
  EXPECT_FALSE(WinogradConvolution::Suits({4, 32, 32, 8, 8}));
  EXPECT_FALSE(WinogradConvolution::Suits({1, 32, 32, 8, 8}));
}

TEST(WinogradConvolutionChoiceTest, ItsMemoryIsBounded) {
  EXPECT_TRUE(WinogradConvolution::Suits({3, 128, 256, 24, 24}));
  EXPECT_FALSE(WinogradConvolution::Suits({3, 129, 256, 24, 24}));
  EXPECT_FALSE(WinogradConvolution::Suits({3, 4096, 4096, 24, 24}));
}

}  // namespace
}  // namespace hypergan
