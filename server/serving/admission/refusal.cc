#include "server/serving/admission/refusal.h"

#include "absl/strings/cord.h"

namespace hypergan::server {
namespace {

constexpr char kRefusalPayload[] = "hypergan.server/refusal";

}  // namespace

std::string_view RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kShape:
      return "shape";
    case Refusal::kNotFinite:
      return "not_finite";
    case Refusal::kOutOfRange:
      return "out_of_range";
    case Refusal::kLimit:
      return "limit";
    case Refusal::kQueueFull:
      return "queue_full";
    case Refusal::kArgument:
      break;
  }
  return "argument";
}

absl::Status Refuse(Refusal why, absl::Status status) {
  const std::string_view name = RefusalName(why);
  status.SetPayload(kRefusalPayload,
                    absl::Cord(absl::string_view(name.data(), name.size())));
  return status;
}

bool IsRefusal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) ||
         absl::IsFailedPrecondition(status) ||
         absl::IsResourceExhausted(status);
}

Refusal RefusalOf(const absl::Status& status) {
  if (const auto payload = status.GetPayload(kRefusalPayload)) {
    for (const Refusal refusal : kRefusals) {
      const std::string_view name = RefusalName(refusal);
      if (*payload == absl::string_view(name.data(), name.size())) {
        return refusal;
      }
    }
  }
  return absl::IsResourceExhausted(status) ? Refusal::kLimit
                                           : Refusal::kArgument;
}

}  // namespace hypergan::server
