#include "trainer/methods/laplace.h"

#include <sys/resource.h>
#include <torch/torch.h>

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/target/module.h"
#include "tests/support/tiny_model.h"

namespace hypergan::trainer {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr int64_t kInputs = 3, kHidden = 4, kOutputs = 2;
constexpr int64_t kNumbers = kOutputs * (kHidden + 1);

TargetNetwork SmallTarget() {
  TargetNetwork target;
  target.name = "small";
  target.input_shape = {kInputs};
  target.layers = {{.kind = LayerKind::kLinear,
                    .outputs = kHidden,
                    .activation = Activation::kRelu},
                   {.kind = LayerKind::kLinear, .outputs = kOutputs}};
  return target;
}

Checkpoint Base(const TargetNetwork& target, Task task) {
  const Architecture architecture = {target, hypergan::testing::TinySizes()};
  Manifest manifest = hypergan::testing::ManifestOf(architecture, task);
  manifest.target_network_json = TargetNetworkToJson(target);
  if (task == Task::kRegression) manifest.noise_deviation = {0.5, 2};
  return {NewModule(architecture, 1, 0).value(), manifest,
          ManifestToJson(manifest)};
}

Rows SomeRows(int64_t count, Task task) {
  torch::manual_seed(2);
  Rows rows;
  rows.inputs = torch::randn({count, kInputs});
  rows.targets = task == Task::kClassification
                     ? torch::randint(kOutputs, {count}, torch::kLong)
                     : torch::randn({count, kOutputs});
  return rows;
}

at::Tensor Attribute(const Checkpoint& checkpoint, const char* name) {
  return checkpoint.module.attr(name).toTensor();
}

// The covariance of the last layer's numbers, of network m, from the step of
// each number by itself.
at::Tensor Covariance(Checkpoint& laplace, int64_t networks, int64_t m) {
  const int64_t numbers = Attribute(laplace, "last_mean")[0].numel();
  at::Tensor noise = torch::zeros({numbers, 1 + numbers});
  noise.narrow(1, 1, numbers).copy_(torch::eye(numbers));
  // The middle of the share that picks m.
  noise.select(1, 0).fill_(networks == 1 ? 0 : (m == 0 ? -2 : 2));
  const std::vector<at::Tensor> weights =
      laplace.module.get_method("generate")({noise}).toTensorVector();
  const at::Tensor last =
      torch::cat({weights[2], weights[3].unsqueeze(-1)}, -1).flatten(1);
  const at::Tensor steps =
      (last - Attribute(laplace, "last_mean")[m].flatten()).to(torch::kDouble);
  return steps.t().matmul(steps);
}

// Inputs of the last layer and a 1, of network m, by hand.
at::Tensor Features(const Checkpoint& laplace, const Rows& rows, int64_t m) {
  const at::Tensor w = Attribute(laplace, "fixed0")[m];
  const at::Tensor b = Attribute(laplace, "fixed1")[m];
  const at::Tensor h = (rows.inputs.matmul(w.t()) + b).relu();
  return torch::cat({h, torch::ones({h.size(0), 1})}, 1).to(torch::kDouble);
}

// [rows, K] by the mean of network m's last layer.
at::Tensor Outputs(const Checkpoint& laplace, const at::Tensor& features,
                   int64_t m) {
  const at::Tensor last = Attribute(laplace, "last_mean")[m].to(torch::kDouble);
  return features.matmul(last.t());
}

// By its definition, from the rows' curvatures.
at::Tensor Precision(const at::Tensor& features,
                     const std::vector<at::Tensor>& lambda, double prior) {
  const int64_t inputs = features.size(1);
  at::Tensor a = torch::zeros({inputs, inputs}, torch::kDouble);
  at::Tensor g = torch::zeros({kOutputs, kOutputs}, torch::kDouble);
  for (int64_t row = 0; row < features.size(0); ++row) {
    a += torch::outer(features[row], features[row]);
    g += lambda[row] / features.size(0);
  }
  return torch::kron(g, a) +
         prior * torch::eye(kOutputs * inputs, torch::kDouble);
}

TEST(LaplaceTest, AClassificationHasTheGaussNewtonPrecision) {
  Checkpoint base = Base(SmallTarget(), Task::kClassification);
  const Rows rows = SomeRows(600, Task::kClassification);
  Checkpoint laplace =
      LastLayerLaplace(base, rows, rows, {.networks = 2, .prior_precision = 3})
          .value();
  for (int64_t m = 0; m < 2; ++m) {
    const at::Tensor features = Features(laplace, rows, m);
    std::vector<at::Tensor> lambda;
    for (const at::Tensor& f : Outputs(laplace, features, m).unbind(0)) {
      const at::Tensor p = f.softmax(-1);
      lambda.push_back(torch::diag(p) - torch::outer(p, p));
    }
    const at::Tensor identity =
        Covariance(laplace, 2, m).matmul(Precision(features, lambda, 3));
    EXPECT_TRUE(torch::allclose(identity, torch::eye(kNumbers, torch::kDouble),
                                1e-4, 1e-4));
  }
}

// For which it is exact: Bayesian linear regression on the features.
TEST(LaplaceTest, ARegressionHasThePosteriorOfALinearModel) {
  TargetNetwork target = SmallTarget();
  target.output_mean = {1, -1};
  target.output_deviation = {2, 4};
  Checkpoint base = Base(target, Task::kRegression);
  const Rows rows = SomeRows(40, Task::kRegression);
  Checkpoint laplace = LastLayerLaplace(base, rows, rows,
                                        {.networks = 1, .prior_precision = 0.5})
                           .value();
  const at::Tensor features = Features(laplace, rows, 0);
  // Of the noise in the units of the last layer, 0.5 / 2 and 2 / 4.
  const at::Tensor precision =
      torch::diag(torch::tensor({16.0, 4.0}, torch::kDouble));
  const at::Tensor identity =
      Covariance(laplace, 1, 0)
          .matmul(
              Precision(features, std::vector<at::Tensor>(40, precision), 0.5));
  EXPECT_TRUE(torch::allclose(identity, torch::eye(kNumbers, torch::kDouble),
                              1e-4, 1e-4));
}

// As of the paper's networks. Its inputs are in the order (height, width,
// channel).
TEST(LaplaceTest, ALastLayerMayFollowAConvolution) {
  TargetNetwork target;
  target.name = "convolution";
  target.input_shape = {1, 4, 4};
  target.layers = {{.kind = LayerKind::kConv2d,
                    .outputs = 2,
                    .kernel = 3,
                    .activation = Activation::kRelu},
                   {.kind = LayerKind::kLinear, .outputs = kOutputs}};
  Checkpoint base = Base(target, Task::kRegression);
  Rows rows = SomeRows(30, Task::kRegression);
  rows.inputs = torch::randn({30, 1, 4, 4});
  Checkpoint laplace = LastLayerLaplace(base, rows, rows,
                                        {.networks = 1, .prior_precision = 0.5})
                           .value();
  const at::Tensor h =
      torch::conv2d(rows.inputs, Attribute(laplace, "fixed0")[0],
                    Attribute(laplace, "fixed1")[0])
          .relu()
          .permute({0, 2, 3, 1})
          .flatten(1);
  const at::Tensor features =
      torch::cat({h, torch::ones({30, 1})}, 1).to(torch::kDouble);
  const at::Tensor lambda =
      torch::diag(torch::tensor({4.0, 0.25}, torch::kDouble));
  const at::Tensor identity =
      Covariance(laplace, 1, 0)
          .matmul(
              Precision(features, std::vector<at::Tensor>(30, lambda), 0.5));
  EXPECT_TRUE(torch::allclose(
      identity, torch::eye(identity.size(0), torch::kDouble), 1e-3, 1e-3));
}

TEST(LaplaceTest, GeneratesLastLayersAroundThoseOfItsNetworks) {
  Checkpoint base = Base(SmallTarget(), Task::kClassification);
  const Rows rows = SomeRows(50, Task::kClassification);
  Checkpoint laplace =
      LastLayerLaplace(base, rows, rows, {.networks = 3, .prior_precision = 1})
          .value();
  EXPECT_EQ(laplace.manifest.noise_size, 1 + kNumbers);
  EXPECT_EQ(laplace.manifest.members, 3);
  EXPECT_TRUE(
      CheckContract(laplace.module, laplace.manifest, c10::Device(c10::kCPU))
          .ok());
  // The first number picks a third of the distribution, the others are steps.
  at::Tensor noise = torch::zeros({3, 1 + kNumbers});
  noise[0][0] = -2;
  noise[2][0] = 2;
  noise[2][1] = 1.5;
  const std::vector<at::Tensor> weights =
      laplace.module.get_method("generate")({noise}).toTensorVector();
  ASSERT_EQ(weights.size(), 4u);
  const at::Tensor last =
      torch::cat({weights[2], weights[3].unsqueeze(-1)}, -1).flatten(1);
  const at::Tensor means = Attribute(laplace, "last_mean");
  EXPECT_TRUE(last[0].equal(means[0].flatten()));
  EXPECT_TRUE(last[1].equal(means[1].flatten()));
  EXPECT_FALSE(torch::allclose(last[2], means[2].flatten()));
  for (int64_t m = 0; m < 3; ++m) {
    EXPECT_TRUE(weights[0][m].equal(Attribute(laplace, "fixed0")[m]));
  }
}

// Rows that are easy to tell want no uncertainty; the opposite of what the
// networks say wants all there is.
TEST(LaplaceTest, ChoosesThePriorByTheValidationRows) {
  Checkpoint base = Base(SmallTarget(), Task::kClassification);
  const Rows training = SomeRows(50, Task::kClassification);
  Rows wrong = SomeRows(200, Task::kClassification);
  const Checkpoint fixed =
      LastLayerLaplace(base, training, wrong,
                       {.networks = 1, .prior_precision = 1})
          .value();
  const at::Tensor said = Outputs(fixed, Features(fixed, wrong, 0), 0);
  const auto chosen = [&](const at::Tensor& labels) {
    wrong.targets = labels;
    return LastLayerLaplace(base, training, wrong, {.networks = 1})
        .value()
        .manifest.provenance.at("prior_precision");
  };
  EXPECT_EQ(chosen(said.argmin(-1)), "0.01");
  EXPECT_THAT(chosen(said.argmax(-1)), AnyOf("1000", "10000"));
}

// Curvatures of 512 rows by themselves would take 8 GB.
TEST(LaplaceTest, SumsTheCurvatureOfManyClassesInLittleMemory) {
  TargetNetwork target = SmallTarget();
  target.layers[0].outputs = 8;
  target.layers[1].outputs = 2000;
  Checkpoint base = Base(target, Task::kClassification);
  const Rows rows = SomeRows(512, Task::kClassification);
  rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  ASSERT_TRUE(LastLayerLaplace(base, rows, rows, {.networks = 1}).ok());
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 1 << 20);  // KiB
}

TEST(LaplaceTest, SaysWhatItCannotBeMadeOf) {
  const Rows rows = SomeRows(10, Task::kClassification);
  const auto message = [&](const Checkpoint& base, LaplaceOptions options) {
    Checkpoint copy = base;
    return std::string(
        LastLayerLaplace(copy, rows, rows, options).status().message());
  };
  const Checkpoint base = Base(SmallTarget(), Task::kClassification);
  EXPECT_THAT(message(base, {.networks = 0}), HasSubstr("expected 1..20"));
  EXPECT_THAT(message(base, {.networks = 21}), HasSubstr("expected 1..20"));
  EXPECT_THAT(message(base, {.prior_precision = -1}),
              HasSubstr("prior precision: expected 0..1e12, got -1"));
  Checkpoint opaque = base;
  opaque.manifest.target_network_json.clear();
  EXPECT_THAT(message(opaque, {}), HasSubstr("describes its target network"));
  TargetNetwork wide = SmallTarget();
  wide.layers[0].outputs = 4096;
  EXPECT_THAT(message(Base(wide, Task::kClassification), {}),
              HasSubstr("at most 4095 inputs, got 4096"));
  TargetNetwork many = SmallTarget();
  many.layers[0].outputs = 1;
  many.layers[1].outputs = 2049;
  EXPECT_THAT(message(Base(many, Task::kClassification), {}),
              HasSubstr("at most 2048 outputs, got 2049"));
  many.layers[0].outputs = 63;
  many.layers[1].outputs = 1024;
  EXPECT_THAT(message(Base(many, Task::kClassification), {}),
              HasSubstr("at most 65535 weights and biases"));
  Checkpoint noiseless = Base(SmallTarget(), Task::kRegression);
  noiseless.manifest.noise_deviation.clear();
  EXPECT_THAT(message(noiseless, {}), HasSubstr("whose noise"));
}

}  // namespace
}  // namespace hypergan::trainer
