#include "trainer/evaluation/members.h"

#include <ATen/ATen.h>

#include <optional>

namespace hypergan::trainer {
namespace {

// Two networks agree on a row where both are among the c that choose a class: c
// (c - 1) ordered pairs of N (N - 1).
double Disagreement(const at::Tensor& chosen, int64_t classes) {
  const auto networks = static_cast<double>(chosen.size(0));
  at::Tensor agreeing = at::zeros({chosen.size(1)}, at::kDouble);
  for (int64_t k = 0; k < classes; ++k) {
    const at::Tensor count = (chosen == k).to(at::kDouble).sum(0);  // [R]
    agreeing += count * (count - 1);
  }
  return 1 - agreeing.mean().item<double>() / (networks * (networks - 1));
}

// The sum over ordered pairs of p_i log p_j is that over all i and j without
// the diagonal, so no pair needs to be visited.
double Divergence(const at::Tensor& probabilities) {
  const auto networks = static_cast<double>(probabilities.size(0));
  double own = 0;
  at::Tensor sum, log_sum;
  for (const at::Tensor& network : probabilities.unbind(0)) {
    const at::Tensor p = network.to(at::kDouble);
    const at::Tensor log_p = LogProbabilities(p);
    own += (p * log_p).sum(-1).mean().item<double>();
    sum = sum.defined() ? sum + p : p;
    log_sum = log_sum.defined() ? log_sum + log_p : log_p;
  }
  const double all = (sum * log_sum).sum(-1).mean().item<double>();
  return own / networks - (all - own) / (networks * (networks - 1));
}

std::optional<double> ErrorCorrelation(const at::Tensor& wrong) {
  const at::Tensor centred =
      wrong.to(at::kDouble) - wrong.to(at::kDouble).mean(1, true);
  const at::Tensor lengths = centred.norm(2, 1);
  const at::Tensor varied = at::nonzero(lengths).flatten();
  const int64_t networks = varied.size(0);
  if (networks < 2) return std::nullopt;
  const at::Tensor unit = centred.index_select(0, varied) /
                          lengths.index_select(0, varied).unsqueeze(1);
  const double sum = unit.matmul(unit.t()).sum().item<double>();
  const auto count = static_cast<double>(networks);
  return (sum - count) / (count * (count - 1));
}

}  // namespace

Figures MemberFigures(const at::Tensor& probabilities,
                      const at::Tensor& labels) {
  const at::Tensor chosen = probabilities.argmax(-1);  // [N, R]
  Figures figures = {
      {"member_disagreement", Disagreement(chosen, probabilities.size(-1))},
      {"member_kl", Divergence(probabilities)}};
  if (const auto correlation = ErrorCorrelation(chosen != labels)) {
    figures["member_error_correlation"] = *correlation;
  }
  return figures;
}

}  // namespace hypergan::trainer
