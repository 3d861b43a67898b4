#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// The same error with what it is about before its message, as "rows.csv: the
// file is empty". No error stays none.
inline absl::Status Named(absl::string_view name, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(name, ": ", status.message()));
}
template <typename T>
absl::StatusOr<T> Named(absl::string_view name, absl::StatusOr<T> result) {
  if (!result.ok()) return Named(name, result.status());
  return result;
}

}  // namespace hypergan
