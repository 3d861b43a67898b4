#include "trainer/objective/target_pass.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/script.h>

#include <cmath>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/target/module.h"
#include "tests/support/tiny_model.h"
#include "trainer/objective/losses.h"

namespace hypergan::trainer {
namespace {

using hypergan::testing::TinyArchitecture;

// A network's logits, H(mean) - mean H, in plain loops.
double MutualInformation(const at::Tensor& outputs, int64_t row) {
  const at::Tensor p = outputs.to(at::kDouble).softmax(-1);
  const int64_t networks = p.size(0), classes = p.size(2);
  double of_mean = 0, of_each = 0;
  for (int64_t k = 0; k < classes; ++k) {
    double mean = 0;
    for (int64_t n = 0; n < networks; ++n) {
      const double q = p[n][row][k].item<double>();
      mean += q / static_cast<double>(networks);
      of_each -= q * std::log(q) / static_cast<double>(networks);
    }
    of_mean -= mean * std::log(mean);
  }
  return of_mean - of_each;
}

TEST(DisagreementTest, IsTheMeanMutualInformationOfTheRows) {
  torch::manual_seed(1);
  const at::Tensor outputs = 2 * torch::randn({4, 3, 5});
  double expected = 0;
  for (int64_t row = 0; row < 3; ++row) {
    expected += MutualInformation(outputs, row) / 3;
  }
  EXPECT_NEAR(Disagreement(Task::kClassification, outputs, 1).item<double>(),
              expected, 1e-5);
}

TEST(DisagreementTest, IsZeroForNetworksThatAreOne) {
  const at::Tensor outputs = torch::randn({1, 3, 5}).expand({4, 3, 5});
  EXPECT_NEAR(Disagreement(Task::kClassification, outputs, 1).item<double>(), 0,
              1e-6);
  EXPECT_NEAR(Disagreement(Task::kRegression, outputs, 1).item<double>(), 0,
              1e-6);
}

TEST(DisagreementTest, HasAGradientWhereAllAreSureOfAnotherClass) {
  // No network gives the first class a probability that float32 holds.
  const at::Tensor outputs =
      torch::tensor({{{-200.0F, 0.0F, 1.0F}}, {{-300.0F, 2.0F, 0.0F}}})
          .set_requires_grad(true);
  const at::Tensor disagreement =
      Disagreement(Task::kClassification, outputs, 1);
  const at::Tensor gradient =
      torch::autograd::grad({disagreement}, {outputs})[0];
  EXPECT_GT(disagreement.item<double>(), 0.1);
  EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << gradient;
  EXPECT_EQ(gradient[0][0][0].item<double>(), 0);
}

TEST(DisagreementTest, OfARegressionIsTheLogarithmOfItsVariance) {
  // Two networks, one row, one output: variance 2 (unbiased), deviation 2.
  const at::Tensor outputs = torch::tensor({{{1.0}}, {{3.0}}});
  EXPECT_NEAR(Disagreement(Task::kRegression, outputs, 2).item<double>(),
              std::log1p(2.0 / 4.0), 1e-6);
}

TEST(AmbiguityTest, IsTheMeanLossLessTheLossOfTheMeanProbabilities) {
  torch::manual_seed(4);
  const at::Tensor outputs = 2 * torch::randn({4, 3, 5});
  const at::Tensor targets = torch::tensor({4, 0, 2});
  const at::Tensor p = outputs.to(at::kDouble).softmax(-1);
  double expected = 0;
  for (int64_t row = 0; row < 3; ++row) {
    double mean = 0, loss = 0;
    for (int64_t n = 0; n < 4; ++n) {
      const double q = p[n][row][targets[row].item<int64_t>()].item<double>();
      mean += q / 4;
      loss -= std::log(q) / 4;
    }
    expected += (loss + std::log(mean)) / 3;
  }
  EXPECT_GT(expected, 0.1);
  EXPECT_NEAR(
      Ambiguity(Task::kClassification, outputs, targets, 1).item<double>(),
      expected, 1e-5);
}

TEST(AmbiguityTest, OfARegressionIsHalfTheVarianceWhateverTheTargets) {
  // Deviation 2: the mean loss (1 + 9) / 2 / 8 less that of the mean, 4 / 8.
  const at::Tensor outputs = torch::tensor({{{1.0}}, {{3.0}}});
  const auto ambiguity = [&](double target) {
    return Ambiguity(Task::kRegression, outputs, torch::tensor({{target}}), 2)
        .item<double>();
  };
  EXPECT_NEAR(ambiguity(0), 10.0 / 16 - 4.0 / 8, 1e-6);
  EXPECT_NEAR(ambiguity(7), ambiguity(0), 1e-6);
}

TEST(AmbiguityTest, OfSeveralEnsemblesIsTheirMean) {
  torch::manual_seed(6);
  for (Task task : {Task::kClassification, Task::kRegression}) {
    const at::Tensor outputs = 2 * torch::randn({2, 4, 3, 5});
    const at::Tensor targets = task == Task::kClassification
                                   ? torch::tensor({{4, 0, 2}, {1, 1, 3}})
                                   : torch::randn({2, 3, 5});
    double expected = 0;
    for (int64_t i = 0; i < 2; ++i) {
      expected += Ambiguity(task, outputs[i], targets[i], 2).item<double>() / 2;
    }
    EXPECT_NEAR(Ambiguity(task, outputs, targets, 2).item<double>(), expected,
                1e-5);
  }
}

TEST(AmbiguityTest, IsZeroForNetworksThatAreOne) {
  const at::Tensor outputs = torch::randn({1, 3, 5}).expand({4, 3, 5});
  EXPECT_NEAR(
      Ambiguity(Task::kClassification, outputs, torch::tensor({4, 0, 2}), 1)
          .item<double>(),
      0, 1e-6);
  EXPECT_NEAR(Ambiguity(Task::kRegression, outputs, torch::zeros({3, 5}), 1)
                  .item<double>(),
              0, 1e-6);
}

enum class Form { kSlices, kBatch };

// The pass in either form; both must do the same.
class TargetPassTest : public ::testing::TestWithParam<Form> {
 protected:
  absl::StatusOr<TargetGradients> Run(const torch::jit::Module& module,
                                      const std::vector<at::Tensor>& weights,
                                      const StepRows& rows,
                                      const ObjectiveOptions& objective) {
    if (GetParam() == Form::kSlices) {
      return RunTargetNetworks(module, weights, rows, objective, workers_);
    }
    return RunTargetNetworks(batch_, weights, rows, objective);
  }

 private:
  Workers workers_{2};
  const NetworkBatch batch_ =
      NetworkBatch::Create(TinyArchitecture("mnist").target,
                           c10::Device(c10::kCPU), 1 << 30)
          .value();
};

std::string NameOf(const ::testing::TestParamInfo<Form>& param) {
  return param.param == Form::kSlices ? "slices" : "batch";
}
INSTANTIATE_TEST_SUITE_P(Forms, TargetPassTest,
                         ::testing::Values(Form::kSlices, Form::kBatch),
                         NameOf);

// Committees, two passes and the workers' shares give what one graph gives.
TEST_P(TargetPassTest, GradientIsThatOfTheWholeObjective) {
  torch::manual_seed(2);
  const Architecture architecture = TinyArchitecture("mnist");
  torch::jit::Module module = NewModule(architecture, 1).value();
  std::vector<at::Tensor> weights;
  for (const at::Tensor& weight :
       module.get_method("generate")({DrawNoise(1, 0, 4, 8)})
           .toTensorVector()) {
    weights.push_back(weight.detach().set_requires_grad(true));
  }
  const StepRows rows = {.inputs = torch::rand({6, 1, 28, 28}),
                         .targets = torch::tensor({0, 1, 2, 3, 4, 5}),
                         .synthetic_outliers = torch::rand({4, 1, 28, 28}),
                         .batches = 2};
  ObjectiveOptions objective;
  objective.repulsion = 0.8;
  objective.joint = 0.6;

  const auto outputs = [&](const at::Tensor& inputs) {
    return module.get_method("predict")({inputs, weights}).toTensor();
  };
  at::Tensor supervised = torch::zeros({});
  at::Tensor ambiguity = torch::zeros({});
  for (int64_t batch = 0; batch < 2; ++batch) {
    const at::Tensor targets = rows.targets.narrow(0, 3 * batch, 3);
    const at::Tensor committee =
        outputs(rows.inputs.narrow(0, 3 * batch, 3)).narrow(0, 2 * batch, 2);
    supervised =
        supervised +
        SupervisedLoss(Task::kClassification, committee, targets, 1) / 2;
    ambiguity =
        ambiguity + Ambiguity(Task::kClassification, committee, targets, 1) / 2;
  }
  const at::Tensor disagreement =
      Disagreement(Task::kClassification, outputs(rows.synthetic_outliers), 1);
  const auto expected =
      torch::autograd::grad({supervised - objective.repulsion * disagreement -
                             objective.joint * ambiguity},
                            weights);

  const auto got = Run(module, weights, rows, objective);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_NEAR(got->loss, supervised.item<double>(), 1e-5);
  EXPECT_NEAR(got->disagreement, disagreement.item<double>(), 1e-5);
  EXPECT_NEAR(got->ambiguity, ambiguity.item<double>(), 1e-5);
  EXPECT_GT(got->ambiguity, 0);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(torch::allclose(got->weights[i], expected[i], 1e-3, 1e-6)) << i;
  }
}

TEST_P(TargetPassTest, EachNetworkLearnsFromABatchOfItsOwn) {
  torch::manual_seed(3);
  const Architecture architecture = TinyArchitecture("mnist");
  torch::jit::Module module = NewModule(architecture, 1).value();
  const auto weights =
      module.get_method("generate")({DrawNoise(1, 0, 2, 8)}).toTensorVector();
  const StepRows all = {.inputs = torch::rand({6, 1, 28, 28}),
                        .targets = torch::tensor({0, 1, 2, 3, 4, 5}),
                        .synthetic_outliers = {},
                        .batches = 2};
  const auto got = Run(module, weights, all, ObjectiveOptions());
  ASSERT_TRUE(got.ok()) << got.status();

  double loss = 0;
  for (int64_t network = 0; network < 2; ++network) {
    std::vector<at::Tensor> alone;
    for (const at::Tensor& weight : weights) {
      alone.push_back(weight.narrow(0, network, 1));
    }
    const auto expected = Run(module, alone,
                              {.inputs = all.inputs.narrow(0, 3 * network, 3),
                               .targets = all.targets.narrow(0, 3 * network, 3),
                               .synthetic_outliers = {}},
                              ObjectiveOptions());
    ASSERT_TRUE(expected.ok()) << expected.status();
    loss += expected->loss / 2;
    for (size_t i = 0; i < weights.size(); ++i) {
      EXPECT_TRUE(torch::allclose(got->weights[i].narrow(0, network, 1),
                                  expected->weights[i] / 2, 1e-4, 1e-7))
          << i;
    }
  }
  EXPECT_NEAR(got->loss, loss, 1e-6);
}

TEST_P(TargetPassTest, BatchesAreOfEqualSizeAndForEquallyManyNetworks) {
  const Architecture architecture = TinyArchitecture("mnist");
  torch::jit::Module module = NewModule(architecture, 1).value();
  const auto weights =
      module.get_method("generate")({DrawNoise(1, 0, 2, 8)}).toTensorVector();
  const auto status = [&](int64_t rows, int64_t batches) {
    return Run(module, weights,
               {.inputs = torch::rand({rows, 1, 28, 28}),
                .targets = torch::zeros({rows}, torch::kLong),
                .synthetic_outliers = {},
                .batches = batches},
               ObjectiveOptions())
        .status();
  };
  EXPECT_TRUE(status(6, 1).ok());
  EXPECT_TRUE(status(6, 2).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(status(6, 3)));
  EXPECT_TRUE(absl::IsInvalidArgument(status(5, 2)));
  EXPECT_TRUE(absl::IsInvalidArgument(status(6, 0)));
}

TEST_P(TargetPassTest, AtAJointWeightOfOneNetworksLearnAsOne) {
  torch::manual_seed(5);
  const Architecture architecture = TinyArchitecture("mnist");
  torch::jit::Module module = NewModule(architecture, 1).value();
  std::vector<at::Tensor> weights;
  for (const at::Tensor& weight :
       module.get_method("generate")({DrawNoise(1, 0, 3, 8)})
           .toTensorVector()) {
    weights.push_back(weight.detach().set_requires_grad(true));
  }
  const StepRows rows = {.inputs = torch::rand({4, 1, 28, 28}),
                         .targets = torch::tensor({0, 1, 2, 3}),
                         .synthetic_outliers = {}};
  const at::Tensor mean = module.get_method("predict")({rows.inputs, weights})
                              .toTensor()
                              .softmax(-1)
                              .mean(0);
  const auto expected = torch::autograd::grad(
      {torch::nll_loss(mean.log(), rows.targets)}, weights);

  const auto got = Run(module, weights, rows, {.joint = 1});
  ASSERT_TRUE(got.ok()) << got.status();
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(torch::allclose(got->weights[i], expected[i], 1e-3, 1e-6)) << i;
  }
}

TEST_P(TargetPassTest, WithoutAWeightTheSyntheticOutliersAreNotAsked) {
  const Architecture architecture = TinyArchitecture("mnist");
  torch::jit::Module module = NewModule(architecture, 1).value();
  const auto weights =
      module.get_method("generate")({DrawNoise(1, 0, 2, 8)}).toTensorVector();
  const StepRows rows = {torch::rand({2, 1, 28, 28}),
                         torch::tensor({0, 1}, torch::kLong),
                         torch::full({2, 1, 28, 28}, NAN)};
  const auto got = Run(module, weights, rows, ObjectiveOptions());
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->disagreement, 0);
  EXPECT_TRUE(std::isfinite(got->loss));
}

}  // namespace
}  // namespace hypergan::trainer
