#include "server/serving/models/model_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/quoted.h"

namespace hypergan::server {
namespace {

constexpr size_t kShownNames = 8;

// "a, b, c", with "..." for those beyond the first few.
template <typename Map>
std::string Keys(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [key, value] : map) {
    if (names.size() == kShownNames) {
      names.push_back("...");
      break;
    }
    names.push_back(absl::StrCat(key));
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace

void ModelTable::Add(ServedModel model) {
  models_[model.name].insert_or_assign(model.version, std::move(model));
}

absl::StatusOr<const ServedModel*> ModelTable::Find(
    std::string_view name, std::string_view version) const {
  const auto model = models_.find(name);
  if (model == models_.end()) {
    return absl::NotFoundError(absl::StrCat("no model ", Quoted(name),
                                            "; served are ", Keys(models_)));
  }
  const auto& versions = model->second;
  if (version.empty()) return &versions.rbegin()->second;
  // Compared as text: "01", "+1" and "1 " name no version.
  for (const auto& [number, served] : versions) {
    if (version == absl::StrCat(number)) return &served;
  }
  return absl::NotFoundError(absl::StrCat("model ", Quoted(name),
                                          " has no version ", Quoted(version),
                                          "; served are ", Keys(versions)));
}

std::vector<const ServedModel*> ModelTable::All() const {
  std::vector<const ServedModel*> all;
  for (const auto& [name, versions] : models_) {
    for (const auto& [version, served] : versions) all.push_back(&served);
  }
  return all;
}

int64_t ModelTable::size() const { return static_cast<int64_t>(All().size()); }

}  // namespace hypergan::server
