#include "trainer/data/class_match.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "data/class_names.h"

namespace hypergan::trainer {
namespace {

using Names = std::vector<std::string>;

bool AreFirstOf(const Names& names, const Names& expected) {
  return names.size() <= expected.size() &&
         std::equal(names.begin(), names.end(), expected.begin());
}

bool AreTheirPlaces(const Names& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] != absl::StrCat(i)) return false;
  }
  return true;
}

bool HaveNoneOf(const Names& names, const Names& expected) {
  return std::find_first_of(names.begin(), names.end(), expected.begin(),
                            expected.end()) == names.end();
}

}  // namespace

bool KeepsLabels(const Names& names, const Names& expected) {
  return expected.empty() || AreFirstOf(names, expected) ||
         AreTheirPlaces(names) ||
         (names.size() == expected.size() && HaveNoneOf(names, expected));
}

absl::Status MatchClasses(const std::string& name, const Names& expected,
                          data::Dataset* dataset) {
  if (dataset->labels.empty() || KeepsLabels(dataset->class_names, expected)) {
    return absl::OkStatus();
  }
  const absl::Status status = data::RenumberByNames(expected, dataset);
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(name, ": ", status.message()));
}

}  // namespace hypergan::trainer
