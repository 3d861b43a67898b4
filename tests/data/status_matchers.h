#pragma once

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hypergan::data {

// Of a StatusOr: is it an error with this code, and does its text hold `text`?
MATCHER_P2(FailsWith, code, text, "") {
  *result_listener << arg.status();
  return arg.status().code() == code &&
         std::string(arg.status().message()).find(text) != std::string::npos;
}

}  // namespace hypergan::data
