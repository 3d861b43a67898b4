#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hypergan {

// The first `most` of `items` for a message, as "a; b; and 3 more".
inline std::string ShortList(const std::vector<std::string>& items,
                             size_t most) {
  const auto shown = static_cast<std::ptrdiff_t>(std::min(items.size(), most));
  std::string list = absl::StrJoin(items.begin(), items.begin() + shown, "; ");
  if (items.size() > most) {
    absl::StrAppend(&list, "; and ", items.size() - most, " more");
  }
  return list;
}

}  // namespace hypergan
