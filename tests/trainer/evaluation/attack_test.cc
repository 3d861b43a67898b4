#include "trainer/evaluation/attack.h"

#include <torch/script.h>

#include <cmath>

#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "tests/trainer/linear_model.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {
namespace {

using hypergan::testing::LinearCheckpoint;

constexpr uint64_t kSeed = 5;

class AttackTest : public ::testing::Test {
 protected:
  AttackTest() {
    at::manual_seed(1);
    rows_.inputs = at::rand({40, 1, 2, 2});
    // What network 0 takes the rows for.
    const at::Tensor w = DrawNoise(kSeed, 0, 1, 12).view({3, 4});
    rows_.targets = rows_.inputs.flatten(1).matmul(w.t()).argmax(-1);
    options_.num_networks = 8;
    options_.seed = kSeed;
  }

  at::Tensor Attacked(AttackKind kind, double epsilon) {
    options_.kind = kind;
    const LossGradient gradient =
        LossGradient::Create(ensemble_, 8, kSeed).value();
    return Perturb(gradient, rows_.inputs, rows_.targets, epsilon, options_)
        .value();
  }

  absl::StatusCode CodeOf(std::vector<double> epsilons) {
    options_.epsilons = std::move(epsilons);
    return Attack(ensemble_, rows_, options_).status().code();
  }

  Workers workers_{2};
  Ensemble ensemble_{LinearCheckpoint(), c10::Device(c10::kCPU), &workers_};
  Rows rows_;
  AttackOptions options_;
};

TEST_F(AttackTest, FgsmStepsAlongTheSignWorkedOutByHand) {
  const at::Tensor w = DrawNoise(kSeed, 0, 1, 12).view({3, 4});
  const at::Tensor inputs = at::full({1, 1, 2, 2}, 0.5);
  const at::Tensor p = inputs.flatten(1).matmul(w.t()).softmax(-1);  // [1, 3]
  at::Tensor error = p.clone();
  error[0][1] -= 1;  // labelled 1
  const at::Tensor expected = 0.5 + 0.1 * error.matmul(w).sign();

  const LossGradient gradient =
      LossGradient::Create(ensemble_, 1, kSeed).value();
  const at::Tensor attacked =
      Perturb(gradient, inputs, torch::tensor({1}, torch::kLong), 0.1, options_)
          .value();
  EXPECT_TRUE(at::allclose(attacked.flatten(1), expected, 0, 1e-6));
}

TEST_F(AttackTest, StaysWithinEpsilonAndThePixelsRange) {
  for (AttackKind kind : {AttackKind::kFgsm, AttackKind::kPgd}) {
    for (double epsilon : {0.05, 0.7}) {
      const at::Tensor attacked = Attacked(kind, epsilon);
      const at::Tensor change = (attacked - rows_.inputs).abs();
      EXPECT_LE(change.max().item<double>(), epsilon + 1e-6);
      EXPECT_GE(change.max().item<double>(), 0.9 * epsilon);
      EXPECT_GE(attacked.min().item<double>(), 0);
      EXPECT_LE(attacked.max().item<double>(), 1);
    }
  }
}

TEST_F(AttackTest, EpsilonZeroChangesNothing) {
  for (AttackKind kind : {AttackKind::kFgsm, AttackKind::kPgd}) {
    EXPECT_TRUE(at::equal(Attacked(kind, 0), rows_.inputs));
  }
}

// Without weights there is no slope: what is left is where PGD starts.
TEST_F(AttackTest, PgdStartsUniformlyInTheBallBySeed) {
  const Ensemble flat(LinearCheckpoint(0), c10::Device(c10::kCPU), &workers_);
  const LossGradient gradient = LossGradient::Create(flat, 1, kSeed).value();
  options_.kind = AttackKind::kPgd;
  const at::Tensor inputs = at::full({2000, 1, 2, 2}, 0.5);
  const at::Tensor labels = at::zeros({2000}, at::kLong);
  const auto shift = [&](uint64_t seed) {
    options_.seed = seed;
    return Perturb(gradient, inputs, labels, 0.2, options_).value() - 0.5;
  };
  const at::Tensor one = shift(1);
  EXPECT_TRUE(at::equal(one, shift(1)));
  EXPECT_FALSE(at::equal(one, shift(2)));
  EXPECT_NEAR(one.mean().item<double>(), 0, 0.005);
  EXPECT_NEAR(one.abs().mean().item<double>(), 0.1, 0.003);
  EXPECT_LE(one.abs().max().item<double>(), 0.2 + 1e-6);
}

TEST_F(AttackTest, RestartsKeepTheWorstOfEachRow) {
  const LossGradient gradient =
      LossGradient::Create(ensemble_, 8, kSeed).value();
  const auto losses = [&](const at::Tensor& inputs) {
    return gradient.Losses(inputs, rows_.targets, {}).value();
  };
  options_.kind = AttackKind::kPgd;
  options_.steps = 1;
  const auto attacked = [&](int64_t restarts) {
    options_.restarts = restarts;
    return Perturb(gradient, rows_.inputs, rows_.targets, 0.3, options_)
        .value();
  };
  const at::Tensor one = attacked(1), many = attacked(5);
  EXPECT_TRUE(at::all(losses(many) >= losses(one) - 1e-9).item<bool>());
  EXPECT_GT((losses(many) - losses(one)).max().item<double>(), 1e-3);
  EXPECT_LE((many - rows_.inputs).abs().max().item<double>(), 0.3 + 1e-6);
}

TEST_F(AttackTest, MoreStepsAreShorterAndDoNotLessHarm) {
  const LossGradient gradient =
      LossGradient::Create(ensemble_, 8, kSeed).value();
  options_.kind = AttackKind::kPgd;
  const auto loss = [&](int64_t steps) {
    options_.steps = steps;
    const at::Tensor attacked =
        Perturb(gradient, rows_.inputs, rows_.targets, 0.3, options_).value();
    return gradient.Losses(attacked, rows_.targets, {})
        .value()
        .mean()
        .item<double>();
  };
  EXPECT_GE(loss(40), loss(1));
}

TEST_F(AttackTest, RefusesStepsAndRestartsOutOfTheirBounds) {
  options_.steps = 1001;
  EXPECT_EQ(CodeOf({0.1}), absl::StatusCode::kInvalidArgument);
  options_.steps = 10;
  options_.restarts = 0;
  EXPECT_EQ(CodeOf({0.1}), absl::StatusCode::kInvalidArgument);
}

TEST_F(AttackTest, TheCurveBeginsWithTheCleanRows) {
  options_.epsilons = {0.1};
  const AttackResult result = Attack(ensemble_, rows_, options_).value();
  EXPECT_EQ(result.attack, "fgsm");
  EXPECT_EQ(result.attacked, "network");
  ASSERT_EQ(result.points.size(), 2u);
  const AttackPoint& clean = result.points[0];
  EXPECT_EQ(clean.epsilon, 0);
  EXPECT_EQ(clean.accuracy_single, 1);
  EvaluationOptions evaluation;
  evaluation.num_networks = 8;
  evaluation.seed = kSeed;
  const EnsembleOutputs outputs =
      PredictRows(ensemble_, rows_, true, evaluation).value();
  EXPECT_EQ(clean.accuracy_ensemble, Accuracy(outputs.mean, rows_.targets));
  // Networks that the attack did not know: those of the next seed.
  evaluation.seed = kSeed + 1;
  evaluation.num_networks = 100;
  const EnsembleOutputs fresh =
      PredictRows(ensemble_, rows_, true, evaluation).value();
  EXPECT_EQ(clean.accuracy_fresh, Accuracy(fresh.mean, rows_.targets));
  EXPECT_EQ(clean.auroc.size(), 5u);
  for (const auto& [name, auroc] : clean.auroc) EXPECT_EQ(auroc, 0.5) << name;
  EXPECT_NEAR(clean.mean_score.at("max_probability"),
              outputs.scores.max_probability.mean().item<double>(), 1e-9);
}

TEST_F(AttackTest, AccuracyFallsMostForWhomItIsMadeAgainst) {
  options_.epsilons = {0.1, 0.4};
  for (AttackKind kind : {AttackKind::kFgsm, AttackKind::kPgd}) {
    options_.kind = kind;
    options_.on_ensemble = false;
    const auto network = Attack(ensemble_, rows_, options_).value().points;
    options_.on_ensemble = true;
    const AttackResult result = Attack(ensemble_, rows_, options_).value();
    EXPECT_EQ(result.attacked, "ensemble");
    const auto& ensemble = result.points;
    EXPECT_LT(network[1].accuracy_single, 1);
    EXPECT_LT(network[2].accuracy_single, network[1].accuracy_single);
    EXPECT_LT(ensemble[2].accuracy_ensemble, ensemble[0].accuracy_ensemble);
    EXPECT_LE(network[2].accuracy_single, ensemble[2].accuracy_single);
    EXPECT_LE(ensemble[2].accuracy_ensemble, network[2].accuracy_ensemble);
  }
}

TEST_F(AttackTest, RefusesEpsilonsThatMakeNoCurve) {
  for (const std::vector<double>& epsilons :
       {std::vector<double>{0.0}, {0.2, 0.1}, {0.1, 0.1}, {1.1}, {NAN}}) {
    EXPECT_EQ(CodeOf(epsilons), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(CodeOf({0.1, 1.0}), absl::StatusCode::kOk);
}

TEST_F(AttackTest, RefusesInputsThatAreNoPixels) {
  rows_.inputs[3][0][0][0] = 1.5;
  EXPECT_EQ(CodeOf({0.1}), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hypergan::trainer
