#pragma once

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "hypergan/checkpoint/manifest.h"
#include "trainer/data/training_data.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// Opens the data that the checkpoint of `manifest` was trained on, with every
// row for what it was then: for what is made of a checkpoint afterwards. Tables
// are read by its names of columns and classes, and images in its channels.
// `given` names the flags that were given: how rows are shared out is the
// checkpoint's record but for these (data/tables/row_record.h).
//
// INVALID_ARGUMENT, naming the flag or the data, where the checkpoint does not
// say how many rows were set aside and no flag does; for rows that the
// checkpoint cannot take (CheckFits), other classes, or another task; and for
// other rows than those trained on, or others set aside. The errors of
// OpenTrainingData.
absl::StatusOr<TrainingData> OpenTrainedData(TrainingOptions options,
                                             const std::set<std::string>& given,
                                             const Manifest& manifest);

}  // namespace hypergan::trainer
