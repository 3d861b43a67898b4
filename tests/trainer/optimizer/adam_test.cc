#include "trainer/optimizer/adam.h"

#include <torch/script.h>

#include <cmath>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

// Adam as Algorithm 1 of Kingma and Ba has it, in float64.
struct TextbookAdam {
  at::Tensor m, v;
  int steps = 0;

  void Step(at::Tensor& parameter, const at::Tensor& gradient, double rate) {
    if (steps == 0) m = v = torch::zeros_like(parameter);
    ++steps;
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient.square();
    const at::Tensor m_hat = m / (1 - std::pow(0.9, steps));
    const at::Tensor v_hat = v / (1 - std::pow(0.999, steps));
    parameter = parameter - rate * m_hat / (v_hat.sqrt() + 1e-8);
  }
};

TEST(AdamTest, FollowsTheTextbookForLargeAndSmallTensors) {
  torch::manual_seed(1);
  Workers workers(3);
  // The first is shared out over the workers, the second is not.
  for (int64_t size : {1'000'003, 5}) {
    at::Tensor parameter = torch::randn({size}).requires_grad_(true);
    at::Tensor expected = parameter.detach().to(torch::kDouble);
    Adam adam({parameter}, AdamOptions());
    TextbookAdam textbook;
    for (int step = 0; step < 5; ++step) {
      const at::Tensor gradient = torch::randn({size});
      parameter.mutable_grad() = gradient.clone();
      ASSERT_TRUE(adam.Step(0.01, workers).ok());
      textbook.Step(expected, gradient.to(torch::kDouble), 0.01);
      EXPECT_FALSE(parameter.grad().defined());
    }
    EXPECT_TRUE(torch::allclose(parameter.detach().to(torch::kDouble), expected,
                                1e-4, 1e-5));
  }
}

TEST(AdamTest, LeavesParametersWithoutGradientAlone) {
  Workers workers(2);
  at::Tensor parameter = torch::ones({4}).requires_grad_(true);
  Adam adam({parameter}, AdamOptions());
  ASSERT_TRUE(adam.Step(1, workers).ok());
  EXPECT_TRUE(torch::equal(parameter.detach(), torch::ones({4})));
}

TEST(AdamTest, GoesOnWhereItsStateWasTaken) {
  Workers workers(2);
  const auto run = [&](bool interrupted) {
    at::Tensor parameter = torch::ones({3}).requires_grad_(true);
    auto adam = std::make_unique<Adam>(std::vector<at::Tensor>{parameter},
                                       AdamOptions());
    for (int step = 0; step < 6; ++step) {
      if (interrupted && step == 3) {
        auto next = std::make_unique<Adam>(std::vector<at::Tensor>{parameter},
                                           AdamOptions());
        next->Restore(adam->State(), adam->steps());
        adam = std::move(next);
      }
      parameter.mutable_grad() = torch::tensor({1.0f, -2.0f, 0.5f * step});
      EXPECT_TRUE(adam->Step(0.1, workers).ok());
    }
    return parameter.detach();
  };
  EXPECT_TRUE(torch::equal(run(false), run(true)));
}

}  // namespace
}  // namespace hypergan::trainer
