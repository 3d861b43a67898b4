#include "data/class_match.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/named_error.h"
#include "data/class_names.h"

namespace hypergan::data {
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

bool KeepsLabels(const Names& names, const Names& expected) {
  if (expected.empty() || AreFirstOf(names, expected)) return true;
  if (AreTheirPlaces(names) && AreTheirPlaces(expected)) return true;
  return HaveNoneOf(names, expected) &&
         (names.size() == expected.size() || AreTheirPlaces(names));
}

}  // namespace

absl::Status MatchClasses(const std::string& name, const Names& expected,
                          Dataset* dataset) {
  if (dataset->labels.empty() || KeepsLabels(dataset->class_names, expected)) {
    return absl::OkStatus();
  }
  return Named(name, RenumberByNames(expected, dataset));
}

}  // namespace hypergan::data
