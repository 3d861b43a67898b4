#pragma once

#include <string>

#include "absl/strings/string_view.h"

// What people read for the names in result.json. A name that is not known is
// shown as it is.
namespace hypergan::trainer::report {

std::string ExperimentTitle(absl::string_view experiment);
std::string MethodTitle(absl::string_view method);
std::string VariantTitle(absl::string_view variant);
std::string ScoreTitle(absl::string_view score);
std::string AttackTitle(absl::string_view attack);

// Where a name comes in the report: the known ones first, as the experiments
// and the contract's scores are listed.
int ExperimentRank(absl::string_view experiment);
int MethodRank(absl::string_view method);
int VariantRank(absl::string_view variant);
int ScoreRank(absl::string_view score);

}  // namespace hypergan::trainer::report
