#include "server/serving/admission/retry_hint.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

constexpr char kPayload[] = "hypergan.server/retry_milliseconds";

}  // namespace

absl::Status WithRetryHint(absl::Status status, absl::Duration pause) {
  status.SetPayload(kPayload,
                    absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(pause))));
  return status;
}

std::optional<absl::Duration> RetryHint(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  int64_t milliseconds = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &milliseconds)) {
    return std::nullopt;
  }
  return absl::Milliseconds(milliseconds);
}

}  // namespace hypergan::server
