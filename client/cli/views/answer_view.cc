#include "client/cli/views/answer_view.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/terminal/text.h"
#include "client/cli/views/classes_view.h"
#include "client/cli/views/values_view.h"

namespace hypergan::client {
namespace {

// Empty where all networks that were asked for were asked.
std::string StopText(const Prediction& prediction) {
  switch (prediction.stop_reason) {
    case StopReason::kTargetReached:
      return ", enough for the target";
    case StopReason::kMaxNetworks:
      return ", too few for the target";
    case StopReason::kDeadline:
      return ", cut short by the deadline";
    case StopReason::kAllNetworks:
    case StopReason::kNotYet:
      break;
  }
  return "";
}

std::string Summary(const Answer& answer) {
  const Prediction& prediction = answer.prediction;
  std::vector<std::string> facts = {absl::StrCat(prediction.rows, " rows")};
  if (const auto accuracy = answer.Accuracy()) {
    facts.push_back(absl::StrFormat("accuracy %.1f %%", 100 * *accuracy));
  }
  if (const auto rmse = answer.Rmse()) {
    facts.push_back(absl::StrFormat("root mean squared error %.4g", *rmse));
  }
  if (const auto outside = answer.OutOfDistribution()) {
    facts.push_back(absl::StrCat(*outside, " out of distribution"));
  }
  if (std::string lack = answer.LackForOod(); !lack.empty()) {
    facts.push_back(std::move(lack));
  }
  return absl::StrFormat(
      "%s\nserver: %.1f ms queued, %.1f ms sampling, %.1f ms predicting\n",
      absl::StrJoin(facts, ", "), absl::ToDoubleMilliseconds(prediction.queue),
      absl::ToDoubleMilliseconds(prediction.sampling),
      absl::ToDoubleMilliseconds(prediction.prediction));
}

}  // namespace

std::string AnswerHeading(const Answer& answer) {
  const Prediction& prediction = answer.prediction;
  return absl::StrFormat(
      "%s version %s, %d networks from %s%s\n\n", Printable(prediction.model),
      Printable(prediction.model_version), prediction.num_networks,
      prediction.seed ? absl::StrCat("seed ", *prediction.seed) : "a pool",
      StopText(prediction));
}

std::string AnswerWarnings(const Answer& answer) {
  std::string text;
  for (const std::string& warning : answer.prediction.warnings) {
    absl::StrAppend(&text, "warning: ", Printable(warning), "\n");
  }
  return text;
}

std::string RenderAnswer(const Answer& answer,
                         const AnswerViewOptions& options) {
  const bool values = answer.model.manifest.task == Task::kRegression;
  return absl::StrCat(
      AnswerHeading(answer),
      values ? RenderValues(answer, options) : RenderClasses(answer, options),
      "\n", AnswerWarnings(answer), Summary(answer));
}

}  // namespace hypergan::client
