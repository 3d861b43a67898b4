#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace hypergan::server {

// As log lines and messages name it; version 0: all of the model.
inline std::string ModelName(const std::string& name, int64_t version) {
  if (version == 0) return absl::StrCat("model ", name);
  return absl::StrCat("model ", name, " version ", version);
}

}  // namespace hypergan::server
