#include "hypergan/compute/kernel.h"

#include <torch/script.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hypergan/compute/sparse_rows.h"

namespace hypergan {
namespace {

std::vector<float> Packed(const Kernel& kernel, const at::Tensor& w) {
  std::vector<float> packed(
      static_cast<size_t>(kernel.PackedSize(w.size(0), w.size(1))));
  kernel.pack(w.data_ptr<float>(), w.size(0), w.size(1), packed.data());
  return packed;
}

// x [rows, inputs] and w [outputs, inputs] through the kernel: [rows, outputs],
// in a wider array whose other numbers must stay as they are.
at::Tensor Linear(const Kernel& kernel, const at::Tensor& x,
                  const at::Tensor& w, const at::Tensor& b, bool streams) {
  const std::vector<float> packed = Packed(kernel, w);
  std::vector<int64_t> offsets;
  for (int64_t r = 0; r < x.size(0); ++r) {
    offsets.push_back(r * x.size(1));
  }
  const at::Tensor wide = at::full({x.size(0), w.size(0) + 3}, -77.0);
  Product product;
  product.input = x.data_ptr<float>();
  product.offsets = offsets.data();
  product.rows = x.size(0);
  product.length = x.size(1);
  product.weights = packed.data();
  product.biases = b.data_ptr<float>();
  product.outputs = w.size(0);
  product.output = wide.data_ptr<float>();
  product.output_stride = wide.size(1);
  product.streams_weights = streams;
  kernel.multiply(product);
  EXPECT_TRUE((wide.narrow(1, w.size(0), 3) == -77).all().item<bool>());
  return wide.narrow(1, 0, w.size(0));
}

at::Tensor InDouble(const at::Tensor& x, const at::Tensor& w,
                    const at::Tensor& b) {
  return at::addmm(b.to(at::kDouble), x.to(at::kDouble), w.to(at::kDouble).t());
}

void ExpectClose(const at::Tensor& got, const at::Tensor& expected,
                 double tolerance) {
  const at::Tensor error = (got.to(at::kDouble) - expected).abs();
  EXPECT_LE(error.max().item<double>(),
            tolerance * expected.abs().max().item<double>());
}

// Every kernel that this CPU can run.
class KernelTest : public ::testing::TestWithParam<const Kernel*> {
 protected:
  const Kernel& kernel() const { return *GetParam(); }
};

TEST_P(KernelTest, LinearLayersOfAnySizeAreThoseInFloat64) {
  at::manual_seed(1);
  for (int64_t rows : {1, 2, 5, 6, 7, 13, 25, 64}) {
    for (int64_t outputs : {1, 7, 8, 9, 16, 31, 32, 33, 100}) {
      for (int64_t inputs : {1, 3, 255, 256, 257, 600}) {
        const at::Tensor x = at::randn({rows, inputs});
        const at::Tensor w = at::randn({outputs, inputs});
        const at::Tensor b = at::randn({outputs});
        const at::Tensor expected = InDouble(x, w, b);
        ExpectClose(Linear(kernel(), x, w, b, false), expected, 1e-5);
        ExpectClose(Linear(kernel(), x, w, b, true), expected, 1e-5);
      }
    }
  }
}

TEST_P(KernelTest, NoRowsAreNoWork) {
  const at::Tensor w = at::randn({20, 3});
  const at::Tensor b = at::randn({20});
  EXPECT_EQ(Linear(kernel(), at::empty({0, 3}), w, b, false).size(0), 0);
  EXPECT_EQ(Linear(kernel(), at::empty({0, 3}), w, b, true).size(0), 0);
}

// As Linear, with the zeros of x skipped.
at::Tensor SparseLinear(const Kernel& kernel, const at::Tensor& x,
                        const at::Tensor& w, const at::Tensor& b, bool halves) {
  const std::vector<float> packed = Packed(kernel, w);
  const at::Tensor half =
      at::tensor(at::ArrayRef<float>(packed)).to(at::kBFloat16);
  const at::Tensor wide = at::full({x.size(0), w.size(0) + 3}, -77.0);
  Product product;
  product.rows = x.size(0);
  product.length = x.size(1);
  if (halves) {
    product.half_weights = static_cast<const uint16_t*>(half.data_ptr());
  } else {
    product.weights = packed.data();
  }
  product.biases = b.defined() ? b.data_ptr<float>() : nullptr;
  product.outputs = w.size(0);
  product.output = wide.data_ptr<float>();
  product.output_stride = wide.size(1);
  product.streams_weights = true;
  const SparseRows rows(x.data_ptr<float>(), x.size(0), x.size(1),
                        kernel.sparse_block);
  kernel.multiply_sparse(rows.Of(product));
  EXPECT_TRUE((wide.narrow(1, w.size(0), 3) == -77).all().item<bool>());
  return wide.narrow(1, 0, w.size(0));
}

TEST_P(KernelTest, SkippingZerosChangesNoSum) {
  at::manual_seed(7);
  for (int64_t rows : {1, 2, 7, 8, 30}) {
    for (int64_t outputs : {1, 15, 16, 17, 96, 100, 200, 417}) {
      for (int64_t inputs : {1, 31, 32, 33, 64, 65, 200}) {
        const at::Tensor x = at::relu(at::randn({rows, inputs}));
        const at::Tensor w = at::randn({outputs, inputs});
        const at::Tensor b = at::randn({outputs});
        const at::Tensor got = SparseLinear(kernel(), x, w, b, false);
        ASSERT_TRUE(at::equal(got, Linear(kernel(), x, w, b, false)))
            << rows << " x " << inputs << " -> " << outputs;
        ExpectClose(got, InDouble(x, w, b), 1e-5);
      }
    }
  }
}

TEST_P(KernelTest, RowsOfOnlyZerosOrNoneAreTheirBiases) {
  at::manual_seed(8);
  const at::Tensor w = at::randn({40, 130});
  const at::Tensor b = at::randn({40});
  at::Tensor x = at::zeros({4, 130});
  x[1] = at::randn({130});
  x[3][129] = 1;
  const at::Tensor got = SparseLinear(kernel(), x, w, b, false);
  EXPECT_TRUE(at::equal(got[0], b));
  EXPECT_TRUE(at::equal(got[2], b));
  ExpectClose(got, InDouble(x, w, b), 1e-5);
  EXPECT_TRUE(
      at::equal(SparseLinear(kernel(), x, w, {}, false)[0], at::zeros({40})));
  EXPECT_EQ(SparseLinear(kernel(), at::empty({0, 130}), w, b, false).size(0),
            0);
}

TEST_P(KernelTest, SkippingZerosWorksWithHalfWeights) {
  at::manual_seed(9);
  for (int64_t outputs : {5, 16, 100}) {
    const at::Tensor x = at::relu(at::randn({9, 300}));
    const at::Tensor w = at::randn({outputs, 300}).to(at::kBFloat16);
    const at::Tensor b = at::randn({outputs});
    ExpectClose(SparseLinear(kernel(), x, w.to(at::kFloat), b, true),
                InDouble(x, w, b), 1e-5);
  }
}

TEST_P(KernelTest, NonfiniteInputsAreNotSkipped) {
  at::Tensor x = at::zeros({2, 40});
  x[0][3] = std::numeric_limits<float>::quiet_NaN();
  x[1][39] = std::numeric_limits<float>::infinity();
  const at::Tensor got =
      SparseLinear(kernel(), x, at::ones({20, 40}), at::zeros({20}), false);
  EXPECT_TRUE(got[0].isnan().all().item<bool>());
  EXPECT_TRUE(got[1].isinf().all().item<bool>());
}

TEST_P(KernelTest, HalfWeightsAreTheirFloats) {
  at::manual_seed(2);
  for (int64_t outputs : {5, 16, 40}) {
    const at::Tensor x = at::randn({9, 300});
    const at::Tensor w = at::randn({outputs, 300}).to(at::kBFloat16);
    const at::Tensor b = at::randn({outputs});
    std::vector<float> packed = Packed(kernel(), w.to(at::kFloat));
    const at::Tensor half =
        at::from_blob(packed.data(), {static_cast<int64_t>(packed.size())})
            .to(at::kBFloat16);
    std::vector<int64_t> offsets;
    for (int64_t r = 0; r < 9; ++r) offsets.push_back(r * 300);
    const at::Tensor y = at::empty({9, outputs});
    Product product;
    product.input = x.data_ptr<float>();
    product.offsets = offsets.data();
    product.rows = 9;
    product.length = 300;
    product.half_weights = static_cast<const uint16_t*>(half.data_ptr());
    product.biases = b.data_ptr<float>();
    product.outputs = outputs;
    product.output = y.data_ptr<float>();
    product.output_stride = outputs;
    kernel().multiply(product);
    ExpectClose(y, InDouble(x, w, b), 1e-5);
  }
}

TEST_P(KernelTest, SegmentsAreTheRowsOfAConvolutionsKernel) {
  at::manual_seed(3);
  // A channels-last image of 7 x 9 with 3 channels, kernel 4: 4 x 6 patches.
  const at::Tensor image = at::randn({7, 9, 3});
  const at::Tensor w = at::randn({20, 4, 4, 3});
  const at::Tensor b = at::randn({20});
  const std::vector<float> packed = Packed(kernel(), w.flatten(1));
  std::vector<int64_t> offsets;
  for (int64_t y = 0; y < 4; ++y) {
    for (int64_t x = 0; x < 6; ++x) offsets.push_back((y * 9 + x) * 3);
  }
  const at::Tensor out = at::empty({24, 20});
  Product product;
  product.input = image.data_ptr<float>();
  product.offsets = offsets.data();
  product.rows = 24;
  product.segments = 4;
  product.segment_stride = 9 * 3;
  product.length = 4 * 3;
  product.weights = packed.data();
  product.biases = b.data_ptr<float>();
  product.outputs = 20;
  product.output = out.data_ptr<float>();
  product.output_stride = 20;
  kernel().multiply(product);
  const at::Tensor expected =
      at::conv2d(image.to(at::kDouble).permute({2, 0, 1}).unsqueeze(0),
                 w.to(at::kDouble).permute({0, 3, 1, 2}), b.to(at::kDouble));
  ExpectClose(out, expected.squeeze(0).permute({1, 2, 0}).reshape({24, 20}),
              1e-5);
}

TEST_P(KernelTest, PoolingTakesTheLargestAndActivates) {
  at::manual_seed(4);
  for (int64_t pool : {1, 2, 3}) {
    for (int64_t channels : {1, 8, 19, 32}) {
      for (float slope : {1.0F, 0.0F, 0.01F}) {
        const int64_t input_width = 4 * pool + 1;  // one column is left over
        const at::Tensor input = at::randn({pool, input_width, channels});
        const at::Tensor output = at::empty({4, channels});
        PoolStrip strip;
        strip.input = input.data_ptr<float>();
        strip.pool = pool;
        strip.input_width = input_width;
        strip.channels = channels;
        strip.nonlinearity.slope = slope;
        strip.output = output.data_ptr<float>();
        strip.width = 4;
        kernel().pool(strip);
        const at::Tensor pooled =
            at::max_pool2d(input.permute({2, 0, 1}), pool).narrow(2, 0, 4);
        const at::Tensor expected =
            at::leaky_relu(pooled, slope).squeeze(1).t();
        EXPECT_TRUE(at::allclose(output, expected, 1e-6));
      }
    }
  }
}

TEST_P(KernelTest, ActivationsAreThoseOfLibTorch) {
  const at::Tensor x =
      at::cat({at::linspace(-100, 100, 2001), at::linspace(-1e-3, 1e-3, 30)});
  const auto activated = [&](Nonlinearity nonlinearity) {
    const at::Tensor y = x.clone();
    kernel().activate(y.data_ptr<float>(), y.numel(), nonlinearity);
    return y;
  };
  EXPECT_TRUE(at::equal(activated({}), x));
  EXPECT_TRUE(at::equal(activated({.slope = 0}), at::relu(x)));
  EXPECT_TRUE(at::allclose(activated({.slope = 0.01F}), at::leaky_relu(x)));
  const at::Tensor elu = at::elu(x.to(at::kDouble)).to(at::kFloat);
  EXPECT_TRUE(at::allclose(activated({.exponential = true}), elu, 0, 3e-7));
}

TEST_P(KernelTest, PoolingKeepsWhatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (int64_t place = 0; place < 4; ++place) {
    for (int64_t channels : {1, 16}) {
      const at::Tensor input = at::full({2, 2, channels}, -1.0);
      input.view({4, channels})[place].fill_(nan);
      const at::Tensor output = at::zeros({channels});
      PoolStrip strip;
      strip.input = input.data_ptr<float>();
      strip.pool = 2;
      strip.input_width = 2;
      strip.channels = channels;
      strip.nonlinearity.slope = 0;
      strip.output = output.data_ptr<float>();
      strip.width = 1;
      kernel().pool(strip);
      EXPECT_TRUE(at::isnan(output).all().item<bool>()) << place;
      input.fill_(-inf);
      kernel().pool(strip);
      EXPECT_TRUE((output == 0).all().item<bool>());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Machine, KernelTest, ::testing::ValuesIn(Kernels()),
                         [](const auto& tested) {
                           return std::string(tested.param->name);
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(KernelTest);

}  // namespace
}  // namespace hypergan
