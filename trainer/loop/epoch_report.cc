#include "trainer/loop/epoch_report.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace hypergan::trainer {
namespace {

std::vector<std::pair<const char*, double>> Fields(const StepReport& step) {
  return {{"loss", step.loss},
          {"disagreement", step.disagreement},
          {"ambiguity", step.ambiguity},
          {"regulariser", step.regulariser},
          {"mixer_loss", step.mixer_loss},
          {"discriminator_loss", step.discriminator_loss},
          {"discriminator_accuracy", step.discriminator_accuracy},
          {"code_mean", step.code_mean},
          {"code_variance", step.code_variance}};
}

}  // namespace

void EpochReport::Add(const StepReport& step) {
  ++steps_;
  for (const auto& [name, value] : Fields(step)) sums_[name] += value;
}

double EpochReport::Mean(const std::string& name) const {
  const auto sum = sums_.find(name);
  return sum == sums_.end() ? 0 : sum->second / steps_;
}

std::map<std::string, double> EpochReport::Means() const {
  std::map<std::string, double> means;
  for (const auto& [name, sum] : sums_) means[name] = sum / steps_;
  return means;
}

std::string EpochReport::ToText() const {
  return nlohmann::json{{"steps", steps_}, {"sums", sums_}}.dump();
}

EpochReport EpochReport::FromText(const std::string& text) {
  EpochReport report;
  const nlohmann::json json =
      nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto steps = json.find("steps"), sums = json.find("sums");
  if (steps == json.end() || !steps->is_number() || sums == json.end() ||
      !sums->is_object()) {
    return report;
  }
  report.steps_ = steps->get<double>();
  for (const auto& [name, sum] : sums->items()) {
    if (sum.is_number()) report.sums_[name] = sum.get<double>();
  }
  return report;
}

std::string EpochLegend(Task task) {
  const char* const figures =
      task == Task::kClassification
          ? "  one network, 5, 10, 100  accuracy of so many networks together\n"
            "  NLL, ECE                 negative log likelihood and "
            "calibration "
            "error; lower is better\n"
          : "  RMSE                     root mean square error of the mean, "
            "and "
            "of one network\n"
            "  deviation                of the networks around their mean\n";
  return absl::StrCat(
      "columns, on the validation rows but for loss and D:\n", figures,
      "  diversity, nearest       spread of the networks' weights; distance of "
      "the nearest two\n"
      "  D                        share of codes that the discriminator tells "
      "apart; 0.5 is chance\n");
}

std::string EpochLine(Task task, const Figures& f, const EpochReport& report,
                      const Diversity& diversity) {
  std::string line = absl::StrFormat("loss %.4f  ", report.Mean("loss"));
  if (task == Task::kClassification) {
    absl::StrAppendFormat(&line, "one network %.2f", 100 * f.at("accuracy_1"));
    if (const auto found = f.find("accuracy_1_deviation"); found != f.end()) {
      absl::StrAppendFormat(&line, " +- %.2f", 100 * found->second);
    }
    absl::StrAppend(&line, " %");
    for (const char* size : {"5", "10", "100"}) {
      const auto figure = f.find(absl::StrCat("accuracy_", size));
      if (figure == f.end()) continue;
      absl::StrAppendFormat(&line, "  %s: %.2f %%", size, 100 * figure->second);
    }
    absl::StrAppendFormat(&line, "  NLL %.4f  ECE %.4f", f.at("nll"),
                          f.at("ece"));
  } else {
    absl::StrAppendFormat(&line, "RMSE %.4g (one network %.4g)", f.at("rmse"),
                          f.at("rmse_1"));
    if (const auto found = f.find("mean_deviation"); found != f.end()) {
      absl::StrAppendFormat(&line, "  deviation %.4g", found->second);
    }
  }
  absl::StrAppendFormat(&line, "  diversity %.3f  nearest %.2f", diversity.all,
                        diversity.nearest);
  if (report.Mean("discriminator_loss") > 0) {
    absl::StrAppendFormat(&line, "  D %.2f",
                          report.Mean("discriminator_accuracy"));
  }
  for (const char* name : {"disagreement", "ambiguity"}) {
    if (report.Mean(name) > 0) {
      absl::StrAppendFormat(&line, "  %s %.3f", name, report.Mean(name));
    }
  }
  return line;
}

}  // namespace hypergan::trainer
