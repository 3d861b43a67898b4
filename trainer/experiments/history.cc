#include "trainer/experiments/history.h"

#include <fstream>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace hypergan::trainer {
namespace {

EpochResult ToEpoch(const nlohmann::json& record) {
  EpochResult epoch;
  epoch.epoch = record.at("epoch").get<int64_t>();
  for (const auto& [name, value] : record.items()) {
    if (value.is_number() && name != "epoch") epoch.figures[name] = value;
  }
  for (const auto& [name, value] : record.at("validation").items()) {
    if (value.is_number()) epoch.figures[name] = value;
  }
  for (const auto& value : record.at("layer_diversity")) {
    if (value.is_number()) epoch.layer_diversity.push_back(value);
  }
  return epoch;
}

}  // namespace

absl::StatusOr<std::vector<EpochResult>> ReadHistory(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  std::map<int64_t, EpochResult> epochs;
  std::string line;
  for (int64_t number = 1; std::getline(file, line); ++number) {
    try {
      const nlohmann::json record = nlohmann::json::parse(line);
      if (!record.contains("epoch")) continue;  // the test figures of a run
      EpochResult epoch = ToEpoch(record);
      epochs[epoch.epoch] = std::move(epoch);
    } catch (const nlohmann::json::exception& error) {
      return absl::DataLossError(
          absl::StrCat(path, ", line ", number, ": ", error.what()));
    }
  }
  std::vector<EpochResult> result;
  for (auto& [number, epoch] : epochs) result.push_back(std::move(epoch));
  return result;
}

}  // namespace hypergan::trainer
