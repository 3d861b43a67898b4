#include "client/cli/answer.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/cli/terminal/text.h"
#include "hypergan/checkpoint/calibration.h"

namespace hypergan::client {

std::string Answer::ClassName(int64_t index) const {
  const std::vector<std::string>& names = model.manifest.class_names;
  const bool named = index >= 0 && index < static_cast<int64_t>(names.size());
  return named ? Printable(names[index]) : absl::StrCat(index);
}

std::optional<int64_t> Answer::Label(int64_t i) const {
  if (dataset.labels.empty()) return std::nullopt;
  return dataset.labels[rows[i]];
}

std::optional<double> Answer::Accuracy() const {
  if (dataset.labels.empty() || prediction.classes.empty()) return std::nullopt;
  double right = 0;
  for (int64_t i = 0; i < prediction.rows; ++i) {
    if (Label(i) == prediction.classes[i].index) ++right;
  }
  return right / static_cast<double>(prediction.rows);
}

std::optional<double> Answer::Rmse() const {
  const int64_t outputs = prediction.num_outputs;
  if (dataset.targets.empty() || dataset.target_size != outputs) {
    return std::nullopt;
  }
  double sum = 0;
  for (int64_t i = 0; i < prediction.rows; ++i) {
    for (int64_t k = 0; k < outputs; ++k) {
      const double error = prediction.mean[i * outputs + k] -
                           dataset.targets[rows[i] * outputs + k];
      sum += error * error;
    }
  }
  return std::sqrt(sum / static_cast<double>(prediction.rows * outputs));
}

std::optional<int64_t> Answer::OutOfDistribution() const {
  int64_t count = 0;
  for (const RowScores& scores : prediction.scores) {
    if (!scores.is_ood.has_value()) return std::nullopt;
    if (*scores.is_ood) ++count;
  }
  return count;
}

std::string Answer::LackForOod() const {
  const std::optional<Calibration>& calibration = model.manifest.calibration;
  if (!calibration || prediction.scores.empty()) return "";
  const RowScores& scores = prediction.scores.front();
  const int64_t networks = LeastNetworks(*calibration);
  if (!scores.ood_score && prediction.num_networks < networks) {
    return absl::StrCat("ood_score needs ", networks, " networks or more");
  }
  const std::optional<int64_t> least = LeastRows(calibration->threshold);
  if (!scores.ood_score || scores.is_ood || !least) return "";
  return absl::StrCat("is_ood needs ", *least,
                      " calibration rows or more, the model has ",
                      calibration->rows);
}

}  // namespace hypergan::client
