#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "data/tables/csv.h"
#include "trainer/loop/training_options.h"

ABSL_DECLARE_FLAG(std::string, checkpoint);
ABSL_DECLARE_FLAG(std::string, data);
ABSL_DECLARE_FLAG(std::string, ood_data);
ABSL_DECLARE_FLAG(std::string, output);
ABSL_DECLARE_FLAG(std::string, data_root);
ABSL_DECLARE_FLAG(std::string, markdown);
ABSL_DECLARE_FLAG(std::string, pictures);
ABSL_DECLARE_FLAG(std::string, device);
ABSL_DECLARE_FLAG(std::string, method);
ABSL_DECLARE_FLAG(std::string, variant);
ABSL_DECLARE_FLAG(bool, short_form);
ABSL_DECLARE_FLAG(int, threads);
ABSL_DECLARE_FLAG(int64_t, num_networks);
ABSL_DECLARE_FLAG(int64_t, rows);
ABSL_DECLARE_FLAG(std::string, scores_csv);
ABSL_DECLARE_FLAG(uint64_t, seed);
ABSL_DECLARE_FLAG(bool, json);

namespace hypergan::trainer {

// --csv_labels and --target_columns.
data::CsvOptions CsvOptionsFromFlags();

// The flags of `train`. INVALID_ARGUMENT for a list of sizes that is not one.
absl::StatusOr<TrainingOptions> TrainingOptionsFromFlags();

}  // namespace hypergan::trainer
