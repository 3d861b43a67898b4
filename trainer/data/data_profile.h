#pragma once

#include <cstdint>
#include <vector>

#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// What a recipe and a target network are chosen by.
struct DataProfile {
  Task task = Task::kClassification;
  std::vector<int64_t> row_shape;  // [C, H, W] or [features]
  int64_t outputs = 0;             // classes, or target values a row
  int64_t training_rows = 0;
};

}  // namespace hypergan::trainer
