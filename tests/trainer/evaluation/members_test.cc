#include "trainer/evaluation/members.h"

#include <torch/torch.h>

#include <cmath>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

at::Tensor RandomProbabilities(int64_t networks, int64_t rows,
                               int64_t classes) {
  torch::manual_seed(4);
  return torch::softmax(2 * torch::randn({networks, rows, classes}), -1);
}

// Every pair of networks, one after the other.
struct Pairs {
  double disagreement = 0, divergence = 0, correlation = 0;
};

double Correlation(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(at::kDouble) - a.to(at::kDouble).mean();
  const at::Tensor y = b.to(at::kDouble) - b.to(at::kDouble).mean();
  return ((x * y).sum() / (x.norm() * y.norm())).item<double>();
}

Pairs OfAllPairs(const at::Tensor& probabilities, const at::Tensor& labels) {
  Pairs sum;
  const int64_t networks = probabilities.size(0);
  for (int64_t i = 0; i < networks; ++i) {
    for (int64_t j = 0; j < networks; ++j) {
      if (i == j) continue;
      const at::Tensor p = probabilities[i].to(at::kDouble);
      const at::Tensor q = probabilities[j].to(at::kDouble);
      const at::Tensor chosen = p.argmax(-1), other = q.argmax(-1);
      sum.disagreement +=
          (chosen != other).to(at::kDouble).mean().item<double>();
      sum.divergence += (p * (p.log() - q.log())).sum(-1).mean().item<double>();
      sum.correlation += Correlation(chosen != labels, other != labels);
    }
  }
  const auto pairs = static_cast<double>(networks * (networks - 1));
  return {sum.disagreement / pairs, sum.divergence / pairs,
          sum.correlation / pairs};
}

TEST(MembersTest, AreComparedAsByVisitingEveryPair) {
  const at::Tensor probabilities = RandomProbabilities(7, 50, 4);
  const at::Tensor labels = torch::randint(4, {50}, torch::kLong);
  const Figures figures = MemberFigures(probabilities, labels);
  const Pairs expected = OfAllPairs(probabilities, labels);
  EXPECT_NEAR(figures.at("member_disagreement"), expected.disagreement, 1e-12);
  EXPECT_NEAR(figures.at("member_kl"), expected.divergence, 1e-12);
  EXPECT_NEAR(figures.at("member_error_correlation"), expected.correlation,
              1e-12);
}

TEST(MembersTest, CopiesOfOneNetworkDoNotDiffer) {
  const at::Tensor probabilities =
      RandomProbabilities(1, 50, 4).expand({5, 50, 4});
  const at::Tensor labels = torch::randint(4, {50}, torch::kLong);
  const Figures figures = MemberFigures(probabilities, labels);
  EXPECT_NEAR(figures.at("member_disagreement"), 0, 1e-12);
  EXPECT_NEAR(figures.at("member_kl"), 0, 1e-12);
  EXPECT_NEAR(figures.at("member_error_correlation"), 1, 1e-12);
}

TEST(MembersTest, HaveNoCorrelationWhereNoneErrs) {
  const at::Tensor probabilities =
      RandomProbabilities(1, 20, 3).expand({4, 20, 3});
  const Figures figures =
      MemberFigures(probabilities, probabilities[0].argmax(-1));
  EXPECT_EQ(figures.count("member_error_correlation"), 0u);
}

// A network that is sure has probabilities that float32 rounds to 0.
TEST(MembersTest, ProbabilitiesOfZeroGiveAFiniteDivergence) {
  const at::Tensor probabilities =
      torch::tensor({{{1.0F, 0.0F}}, {{0.0F, 1.0F}}});
  const Figures figures =
      MemberFigures(probabilities, torch::zeros({1}, torch::kLong));
  EXPECT_NEAR(figures.at("member_kl"), 38 * std::log(10), 1e-6);
  EXPECT_EQ(figures.at("member_disagreement"), 1);
}

}  // namespace
}  // namespace hypergan::trainer
