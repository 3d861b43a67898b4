#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "data/images/image_options.h"
#include "data/tables/csv.h"
#include "trainer/loop/training_options.h"
#include "trainer/recipes/data_recipe.h"

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

// --csv_labels, --target_columns, --target_column and --drop_columns.
data::CsvOptions CsvOptionsFromFlags();

// --resize, of images of any channels. INVALID_ARGUMENT for what is no size.
absl::StatusOr<data::ImageOptions> ImageOptionsFromFlags();

// The flags of `train`. INVALID_ARGUMENT for a list of sizes that is not one.
absl::StatusOr<TrainingOptions> TrainingOptionsFromFlags();

// --recipe. INVALID_ARGUMENT for one that there is not.
absl::StatusOr<DataRecipe> DataRecipeFromFlags();

// Of what recipes set, sets in `options` what was given by a flag: its value in
// `from`. `given` holds names of flags. Where a recipe has a network for each
// start, one of `networks` and `starts` alone sets both.
void KeepGiven(const std::set<std::string>& given, const TrainingOptions& from,
               TrainingOptions* options);

}  // namespace hypergan::trainer
