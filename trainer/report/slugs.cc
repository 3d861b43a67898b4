#include "trainer/report/slugs.h"

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/markup.h"

namespace hypergan::trainer::report {

std::string Slugs::Of(const std::string& name) {
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) return known->second;
  const std::string slug = Slug(name);
  std::string unique = slug;
  for (int i = 2; !taken_.insert(unique).second; ++i) {
    unique = absl::StrCat(slug, "-", i);
  }
  return by_name_[name] = unique;
}

}  // namespace hypergan::trainer::report
