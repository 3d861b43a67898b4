#include "trainer/experiments/history.h"

#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/regular_file.h"
#include "base/status_macros.h"
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
  HG_ASSIGN_OR_RETURN(const std::string text,
                      ReadRegularFile(path, kMaxHistoryBytes));
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  std::map<int64_t, EpochResult> epochs;
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool is_last = i + 1 == lines.size();  // no newline ends it
    if (is_last && lines[i].empty()) break;
    try {
      const auto record =
          nlohmann::json::parse(lines[i].begin(), lines[i].end());
      if (!record.contains("epoch")) continue;  // the test figures of a run
      EpochResult epoch = ToEpoch(record);
      epochs[epoch.epoch] = std::move(epoch);
    } catch (const nlohmann::json::exception& error) {
      if (is_last) break;  // torn
      return absl::DataLossError(
          absl::StrCat(path, ", line ", i + 1, ": ", error.what()));
    }
  }
  std::vector<EpochResult> result;
  result.reserve(epochs.size());
  for (auto& [number, epoch] : epochs) result.push_back(std::move(epoch));
  return result;
}

}  // namespace hypergan::trainer
