#include "trainer/evaluation/outside.h"

#include <ATen/ATen.h>

#include "trainer/evaluation/evaluation.h"
#include "trainer/evaluation/separation.h"

namespace hypergan::trainer {

std::map<std::string, at::Tensor> ScoresByName(const Scores& scores) {
  std::map<std::string, at::Tensor> named = {
      {"predictive_entropy", scores.predictive_entropy},
      {"expected_entropy", scores.expected_entropy},
      {"mutual_information", scores.mutual_information},
      {"total_variance", scores.total_variance},
      {"max_probability", scores.max_probability}};
  for (auto it = named.begin(); it != named.end();) {
    it = it->second.defined() ? std::next(it) : named.erase(it);
  }
  return named;
}

std::map<std::string, Separation> SeparateScores(const Scores& inside,
                                                 const Scores& outside) {
  const std::map<std::string, at::Tensor> outside_scores =
      ScoresByName(outside);
  std::map<std::string, Separation> separations;
  for (const auto& [name, in] : ScoresByName(inside)) {
    const at::Tensor& out = outside_scores.at(name);
    if (name != "max_probability") {
      separations[name] = Separate(ToVector(in), ToVector(out));
      continue;
    }
    Separation separation = Separate(ToVector(-in), ToVector(-out));
    separation.inside_quantiles = Quantiles(ToVector(in));
    separation.outside_quantiles = Quantiles(ToVector(out));
    separations[name] = separation;
  }
  return separations;
}

}  // namespace hypergan::trainer
