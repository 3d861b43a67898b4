#pragma once

#include <string>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace hypergan::trainer {

// Metrics as JSON lines, one object a line, beside the checkpoint. Appends, so
// that a resumed run goes on in the same file.
class MetricsLog {
 public:
  explicit MetricsLog(std::string path) : path_(std::move(path)) {}

  // Numbers that are not finite are written as null.
  absl::Status Append(const nlohmann::ordered_json& record) const;

 private:
  const std::string path_;
};

}  // namespace hypergan::trainer
