#include "hypergan/target/module.h"

#include <torch/script.h>

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "tests/hypergan/textbook.h"
#include "tests/support/tiny_model.h"

namespace hypergan {
namespace {

using testing::Textbook;
using testing::TinyArchitecture;

std::vector<at::Tensor> Generate(torch::jit::Module& module,
                                 const at::Tensor& noise) {
  return module.get_method("generate")({noise}).toTensorVector();
}

at::Tensor Predict(torch::jit::Module& module, const at::Tensor& inputs,
                   const std::vector<at::Tensor>& weights) {
  return module.get_method("predict")({inputs, weights}).toTensor();
}

class ModuleTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ModuleTest, PredictsWhatATextbookNetworkOfTheSameWeightsDoes) {
  const Architecture architecture = TinyArchitecture(GetParam());
  torch::jit::Module module = NewModule(architecture, 1).value();
  torch::NoGradGuard no_grad;
  const auto weights = Generate(module, DrawNoise(1, 0, 3, 8));
  std::vector<int64_t> shape = architecture.target.input_shape;
  shape.insert(shape.begin(), 2);
  at::manual_seed(1);
  const at::Tensor inputs = at::rand(shape);
  const at::Tensor outputs = Predict(module, inputs, weights);
  for (int64_t n = 0; n < 3; ++n) {
    const at::Tensor expected =
        Textbook(architecture.target, weights, n, inputs);
    EXPECT_TRUE(at::allclose(outputs[n].to(at::kDouble), expected, 1e-4, 1e-5))
        << "network " << n << ": " << outputs[n] << " instead of " << expected;
  }
}

TEST_P(ModuleTest, NetworkIsTheSameForOneAndForAHundred) {
  torch::jit::Module module =
      NewModule(TinyArchitecture(GetParam()), 2).value();
  torch::NoGradGuard no_grad;
  const at::Tensor noise = DrawNoise(9, 0, 100, 8);
  const auto hundred = Generate(module, noise);
  const auto alone = Generate(module, noise.narrow(0, 57, 1));
  for (size_t i = 0; i < alone.size(); ++i) {
    const at::Tensor difference = hundred[i][57] - alone[i][0];
    const double scale = hundred[i].abs().max().item<double>();
    EXPECT_LE(difference.abs().max().item<double>(), 1e-5 * scale);
  }
}

TEST_P(ModuleTest, MakesNetworksOfTheFirstCodesWithTheStatisticsOfAll) {
  torch::jit::Module module =
      NewModule(TinyArchitecture(GetParam()), 2).value();
  module.train();
  torch::NoGradGuard no_grad;
  const at::Tensor noise = DrawNoise(9, 0, 20, 8);
  const at::Tensor codes = module.get_method("codes")({noise}).toTensor();
  const auto weights = [&](const at::Tensor& of, int64_t count) {
    return module.get_method("weights")({of, noise.narrow(0, 0, count)})
        .toTensorVector();
  };
  const auto some = weights(codes, 3);
  const auto all = weights(codes, 20);
  const auto alone = weights(codes.narrow(0, 0, 3), 3);
  for (size_t i = 0; i < some.size(); ++i) {
    ASSERT_EQ(some[i].size(0), 3);
    EXPECT_TRUE(
        at::allclose(some[i], all[i].narrow(0, 0, 3), /*rtol=*/1e-4, 1e-6));
  }
  EXPECT_FALSE(at::allclose(some[0], alone[0], /*rtol=*/1e-2, 1e-3));
}

TEST_P(ModuleTest, GeneratedWeightsStartAtTheScaleTheirLayerNeeds) {
  Architecture architecture = TinyArchitecture(GetParam());
  architecture.sizes = GeneratorSizes();  // the scale is a matter of large sums
  torch::jit::Module module = NewModule(architecture, 3).value();
  // The statistics of the sampled networks, as in the first step of training.
  module.train();
  torch::NoGradGuard no_grad;
  const auto weights = Generate(module, DrawNoise(4, 0, 200, 256));
  const auto slots = SlotsOf(architecture.target);
  for (size_t i = 0; i < slots.size(); ++i) {
    const bool is_last = i + 1 == slots.size();
    const double expected = (is_last ? 1.0 : 2.0) / double(slots[i].fan_in);
    const double variance =
        weights[slots[i].WeightTensor()].square().mean().item<double>();
    EXPECT_NEAR(variance / expected, 1, 0.25) << "layer " << i;
  }
}

TEST_P(ModuleTest, NetworksShareThatPartOfTheirStart) {
  Architecture architecture = TinyArchitecture(GetParam());
  architecture.sizes = GeneratorSizes();
  const auto slots = SlotsOf(architecture.target);
  torch::NoGradGuard no_grad;
  for (const double share : {0.0, 0.7, 1.0}) {
    torch::jit::Module module = NewModule(architecture, 3, share).value();
    module.train();
    const auto weights = Generate(module, DrawNoise(4, 0, 200, 256));
    for (size_t i = 0; i < slots.size(); ++i) {
      const at::Tensor& layer = weights[slots[i].WeightTensor()];
      const double all = layer.square().mean().item<double>();
      const double own = layer.var(0).mean().item<double>();
      // They share the mean of the last hidden units too: 1 / (2 pi) of 1 / 2.
      EXPECT_NEAR(own / all, (1 - share) * (1 - 1 / M_PI), 0.05)
          << "layer " << i;
      const bool is_last = i + 1 == slots.size();
      const double expected = (is_last ? 1.0 : 2.0) / double(slots[i].fan_in);
      EXPECT_NEAR(all / expected, 1, 0.25) << "layer " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ModuleTest,
                         ::testing::Values("regression", "mnist", "cifar"));

TEST(NewModuleTest, IsAFunctionOfItsSeed) {
  const auto first_weight = [](uint64_t seed) {
    return NewModule(TinyArchitecture("mnist"), seed)
        .value()
        .attr("mixer_0_weight")
        .toTensor();
  };
  EXPECT_TRUE(at::equal(first_weight(1), first_weight(1)));
  EXPECT_FALSE(at::equal(first_weight(1), first_weight(2)));
}

TEST(NewModuleTest, StandardCodesHaveMeanZeroAndVarianceOne) {
  Architecture architecture = TinyArchitecture("mnist");
  architecture.sizes.standard_codes = true;
  torch::jit::Module module = NewModule(architecture, 3).value();
  torch::NoGradGuard no_grad;
  // As training may leave them.
  module.attr("mixer_out_weight").toTensor().mul_(30);
  module.attr("mixer_out_bias").toTensor().add_(5);
  const auto codes = [&](const at::Tensor& noise) {
    return module.get_method("codes")({noise}).toTensor();
  };
  module.train();
  const at::Tensor noise = DrawNoise(9, 0, 500, 8);
  at::Tensor drawn;
  for (int step = 0; step < 400; ++step) drawn = codes(noise);
  EXPECT_LE(drawn.mean(0).abs().max().item<double>(), 1e-4);
  EXPECT_LE((drawn.var(0) - 1).abs().max().item<double>(), 0.01);
  // The running statistics give each network the code that it has among all.
  module.eval();
  EXPECT_TRUE(at::allclose(codes(noise.narrow(0, 7, 1))[0], drawn[7],
                           /*rtol=*/1e-2, 1e-2));
}

// With all of their variance in the starts, networks are their starts.
TEST(NewModuleTest, TheFirstNumberOfItsNoisePicksANetworksStart) {
  constexpr int64_t kStarts = 4;
  Architecture architecture = TinyArchitecture("mnist");
  architecture.sizes.starts = kStarts;
  torch::NoGradGuard no_grad;
  torch::jit::Module module =
      NewModule(architecture, 3, /*shared_start=*/1).value();
  const at::Tensor noise = DrawNoise(9, 0, 400, 8);
  const at::Tensor weights =
      module.get_method("generate")({noise}).toTensorVector()[0].flatten(1);
  const at::Tensor starts =
      module.attr("generator0_starts").toTensor().narrow(1, 0, weights.size(1));
  EXPECT_NEAR(starts.std().item<double>(),
              InitialDeviation(SlotsOf(architecture.target)[0]), 0.01);
  int64_t seen[kStarts] = {};
  for (int64_t n = 0; n < 400; ++n) {
    const double share =
        0.5 * std::erfc(-noise[n][0].item<double>() / std::sqrt(2.0));
    const auto start = static_cast<int64_t>(share * kStarts);
    ++seen[start];
    // As one kernel is written: height, width, channel; here one channel.
    EXPECT_TRUE(at::allclose(weights[n], starts[start], 1e-5, 1e-6)) << n;
  }
  for (int64_t count : seen) EXPECT_NEAR(count, 100, 45);
}

TEST(NewModuleTest, RefusesNoStartAndTooMany) {
  Architecture architecture = TinyArchitecture("mnist");
  for (int64_t starts : {0, 1001}) {
    architecture.sizes.starts = starts;
    EXPECT_EQ(NewModule(architecture, 1).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(NewModuleTest, PutsTheConstantsInside) {
  Architecture architecture = TinyArchitecture("regression");
  torch::NoGradGuard no_grad;
  torch::jit::Module plain = NewModule(architecture, 1).value();
  architecture.target.input_mean = {3};
  architecture.target.input_deviation = {2};
  architecture.target.output_mean = {100};
  architecture.target.output_deviation = {10};
  torch::jit::Module scaled = NewModule(architecture, 1).value();
  const auto weights = Generate(plain, DrawNoise(1, 0, 2, 8));
  const at::Tensor x = at::linspace(-1, 1, 5).view({5, 1});
  EXPECT_TRUE(at::allclose(Predict(scaled, x * 2 + 3, weights),
                           Predict(plain, x, weights) * 10 + 100));
}

TEST(NewModuleTest, RefusesAShareThatIsNone) {
  for (const double share : {-0.1, 1.1, std::nan("")}) {
    EXPECT_EQ(NewModule(TinyArchitecture("mnist"), 1, share).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(NewModuleTest, RefusesSizesOutsideTheirBounds) {
  Architecture architecture = TinyArchitecture("mnist");
  architecture.sizes.noise = 0;
  EXPECT_EQ(NewModule(architecture, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  architecture = TinyArchitecture("mnist");
  architecture.sizes.mixer_hidden.resize(9, 4);
  EXPECT_EQ(NewModule(architecture, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hypergan
