#include "client/connection/attempts.h"

#include "absl/strings/numbers.h"

namespace hypergan::client {

absl::Duration ParsePushback(absl::string_view milliseconds) {
  int64_t value = -1;
  if (!absl::SimpleAtoi(milliseconds, &value)) value = -1;
  return absl::Milliseconds(value);
}

std::optional<absl::Duration> PushbackOf(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto place = metadata.find("grpc-retry-pushback-ms");
  if (place == metadata.end()) return std::nullopt;
  return ParsePushback({place->second.data(), place->second.size()});
}

std::optional<absl::Duration> Attempts::PauseAfter(
    const absl::Status& status, std::optional<absl::Duration> pushback,
    absl::Time now) {
  if (!absl::IsResourceExhausted(status) || --left_ < 1) return std::nullopt;
  if (!pushback || *pushback < absl::ZeroDuration()) return std::nullopt;
  const absl::Duration pause =
      *pushback * (1 + absl::Uniform<double>(random_, 0, 0.25));
  if (now + pause >= deadline_) return std::nullopt;
  return pause;
}

}  // namespace hypergan::client
