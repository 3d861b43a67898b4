#include "trainer/objective/loss_gradient.h"

#include <torch/script.h>

#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/tiny_model.h"
#include "tests/trainer/linear_model.h"

namespace hypergan::trainer {
namespace {

using hypergan::testing::LinearCheckpoint;
using hypergan::testing::TinyCheckpoint;

constexpr uint64_t kSeed = 5;
const c10::Device kCpu(c10::kCPU);

at::Tensor Labels(int64_t rows, int64_t classes) {
  return torch::arange(rows) % classes;
}

// sum over rows of -log (1/N sum_n p_n[label]); logits [N, B, K] in float64.
double Loss(const at::Tensor& logits, const at::Tensor& labels) {
  return -logits.softmax(-1)
              .mean(0)
              .gather(-1, labels.unsqueeze(-1))
              .log()
              .sum()
              .item<double>();
}

// [N, B, K] of LinearCheckpoint by its definition.
at::Tensor LinearLogits(const at::Tensor& x, int64_t networks) {
  const at::Tensor w =
      DrawNoise(kSeed, 0, networks, 12).to(at::kDouble).view({networks, 3, 4});
  return torch::einsum("bi,nki->nbk", {x.flatten(1).to(at::kDouble), w});
}

class Linear {
 public:
  at::Tensor Gradient(const at::Tensor& x, const at::Tensor& labels,
                      int64_t networks) {
    const LossGradient gradient =
        LossGradient::Create(ensemble_, networks, kSeed).value();
    return gradient.At(x, labels, {}).value();
  }

 private:
  Workers workers_{2};
  Ensemble ensemble_{LinearCheckpoint(), kCpu, &workers_};
};

TEST(LossGradientTest, OfOneNetworkIsItsWeightsTimesItsError) {
  at::manual_seed(1);
  const at::Tensor x = at::rand({5, 1, 2, 2});
  const at::Tensor labels = Labels(5, 3);
  const at::Tensor error =
      LinearLogits(x, 1)[0].softmax(-1) - at::one_hot(labels, 3);  // [B, K]
  const at::Tensor w = DrawNoise(kSeed, 0, 1, 12).to(at::kDouble).view({3, 4});
  EXPECT_TRUE(
      at::allclose(Linear().Gradient(x, labels, 1).flatten(1).to(at::kDouble),
                   error.matmul(w), 1e-5, 1e-6));
}

// Of labels whose probability is 1 in float32.
TEST(LossGradientTest, IsWholeWhereTheNetworkIsSure) {
  at::manual_seed(1);
  constexpr int64_t kRows = 40;
  const at::Tensor x = 20 * at::rand({kRows, 1, 2, 2});
  const at::Tensor logits = LinearLogits(x, 1)[0];  // [B, K]
  const at::Tensor labels = logits.argmax(-1);
  // 1 - p is the other classes' share, which no rounding takes away.
  const at::Tensor others = logits.softmax(-1) * (1 - at::one_hot(labels, 3));
  const at::Tensor error =
      others - at::one_hot(labels, 3) * others.sum(-1, true);
  const at::Tensor w = DrawNoise(kSeed, 0, 1, 12).to(at::kDouble).view({3, 4});
  const at::Tensor expected = error.matmul(w);
  const at::Tensor got =
      Linear().Gradient(x, labels, 1).flatten(1).to(at::kDouble);
  int64_t sure = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    const double rest = others[row].sum().item<double>();
    if (rest > 1e-8 || rest < 1e-14) continue;
    ++sure;
    EXPECT_TRUE(at::allclose(got[row] / rest, expected[row] / rest, 1e-2, 1e-2))
        << "row " << row;
  }
  EXPECT_GT(sure, 5);
}

// More networks than a slice and more rows than a batch.
TEST(LossGradientTest, OfTheEnsembleMatchesFiniteDifferencesInFloat64) {
  constexpr int64_t kNetworks = 21, kRows = 67;
  at::manual_seed(2);
  const at::Tensor x = at::rand({kRows, 1, 2, 2});
  const at::Tensor labels = Labels(kRows, 3);
  const at::Tensor gradient =
      Linear().Gradient(x, labels, kNetworks).flatten(1);
  const double h = 1e-6;
  for (int64_t row : {0, 1, 2, 63, 64, 66}) {
    for (int64_t i = 0; i < 4; ++i) {
      const auto loss = [&](double shift) {
        at::Tensor moved = x.to(at::kDouble).flatten(1).narrow(0, row, 1);
        moved = moved.clone();
        moved[0][i] += shift;
        return Loss(LinearLogits(moved, kNetworks), labels.narrow(0, row, 1));
      };
      EXPECT_NEAR(gradient[row][i].item<double>(),
                  (loss(h) - loss(-h)) / (2 * h), 1e-5)
          << row << ", " << i;
    }
  }
}

TEST(LossGradientTest, LossesAreOfEachRowByTheMeanProbability) {
  at::manual_seed(2);
  Workers workers(2);
  const Ensemble ensemble(LinearCheckpoint(), kCpu, &workers);
  // More rows than a batch, more networks than a slice.
  const at::Tensor x = at::rand({100, 1, 2, 2});
  const at::Tensor labels = Labels(100, 3);
  const at::Tensor expected = -LinearLogits(x, 20)
                                   .softmax(-1)
                                   .mean(0)
                                   .gather(-1, labels.unsqueeze(-1))
                                   .log()
                                   .squeeze(-1);
  const at::Tensor losses = LossGradient::Create(ensemble, 20, kSeed)
                                .value()
                                .Losses(x, labels, {})
                                .value();
  EXPECT_TRUE(at::allclose(losses, expected, 1e-5, 1e-6));
}

TEST(LossGradientTest, GoesThroughConvolutions) {
  Checkpoint checkpoint = TinyCheckpoint("mnist");
  Workers workers(2);
  const Ensemble ensemble(checkpoint, kCpu, &workers);
  at::manual_seed(3);
  const at::Tensor x = at::rand({2, 1, 28, 28});
  const at::Tensor direction = at::randn({2, 1, 28, 28}, at::kDouble);
  const at::Tensor labels = Labels(2, 10);
  const at::Tensor gradient = LossGradient::Create(ensemble, 3, kSeed)
                                  .value()
                                  .At(x, labels, {})
                                  .value()
                                  .to(at::kDouble);
  at::NoGradGuard no_grad;
  torch::jit::Module doubles = checkpoint.module.deepcopy();
  doubles.to(at::kDouble);
  const at::Tensor noise = DrawNoise(kSeed, 0, 3, 8).to(at::kDouble);
  const auto loss = [&](double step) {
    const at::Tensor moved = x.to(at::kDouble) + step * direction;
    return Loss(doubles.forward({moved, noise}).toTensor(), labels);
  };
  const double h = 1e-6;
  const double slope = (gradient * direction).sum().item<double>();
  EXPECT_GT(std::abs(slope), 1e-4);
  EXPECT_NEAR(slope / ((loss(h) - loss(-h)) / (2 * h)), 1, 1e-3);
}

TEST(LossGradientTest, StopsWithTheInterruptsError) {
  Workers workers(1);
  const Ensemble ensemble(LinearCheckpoint(), kCpu, &workers);
  const LossGradient gradient =
      LossGradient::Create(ensemble, 2, kSeed).value();
  int asked = 0;
  const auto interrupt = [&] {
    return ++asked == 2 ? absl::CancelledError("enough") : absl::OkStatus();
  };
  EXPECT_EQ(gradient.At(at::rand({1000, 1, 2, 2}), Labels(1000, 3), interrupt)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(asked, 2);
}

TEST(LossGradientTest, RefusesRegressionsAndTooManyNetworks) {
  Workers workers(1);
  const auto code = [&](const Checkpoint& checkpoint, int64_t networks) {
    const Ensemble ensemble(checkpoint, kCpu, &workers);
    return LossGradient::Create(ensemble, networks, kSeed).status().code();
  };
  EXPECT_EQ(code(TinyCheckpoint("regression"), 1),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(LinearCheckpoint(), 0), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(LinearCheckpoint(), 1001), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(LinearCheckpoint(), 1000), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace hypergan::trainer
