#include "server/serving/admission/limits.h"

#include <concepts>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

constexpr int64_t kMany = 1'000'000'000;
constexpr int64_t kGiB = int64_t{1} << 30;
constexpr double kLeastClientShare = 1e-6;
constexpr absl::Duration kDay = absl::Hours(24);

// 1,234,567.
std::string Grouped(int64_t value) {
  std::string digits = absl::StrCat(value);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

template <std::integral Number>
std::string Shown(absl::string_view name, Number number) {
  const int64_t value = number;
  if (!absl::EndsWith(name, "_bytes")) return Grouped(value);
  for (const auto& [unit, size] :
       {std::pair("GiB", kGiB), std::pair("MiB", int64_t{1} << 20),
        std::pair("KiB", int64_t{1} << 10)}) {
    if (value >= size && value % size == 0) {
      return absl::StrCat(Grouped(value / size), " ", unit);
    }
  }
  return absl::StrCat(Grouped(value), " bytes");
}
std::string Shown(absl::string_view, double value) {
  return absl::StrCat(value);
}
std::string Shown(absl::string_view, absl::Duration value) {
  return absl::FormatDuration(value);
}

template <typename T>
absl::Status CheckLimit(absl::string_view name, T value, T least, T most) {
  if (least <= value && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", name, ": expected ", Shown(name, least), " to ",
                   Shown(name, most), ", got ", Shown(name, value)));
}

}  // namespace

absl::Span<const LimitEntry> LimitTable() {
  static const auto* table = new std::vector<LimitEntry>{
#define HG_LIMIT(type, name, value, least, most, help, beyond)                \
  {#name, Shown(#name, type{value}),                                          \
   absl::StrCat(Shown(#name, type{least}), " to ", Shown(#name, type{most})), \
   help, beyond},
#include "server/serving/admission/limits.inc"
#undef HG_LIMIT
  };
  return *table;
}

std::vector<absl::Status> CheckLimits(const Limits& limits) {
  std::vector<absl::Status> problems;
  const auto check = [&](auto name, auto value, auto least, auto most) {
    absl::Status status = CheckLimit(name, value, least, most);
    if (!status.ok()) problems.push_back(std::move(status));
  };
#define HG_LIMIT(type, name, value, least, most, ...) \
  check(#name, limits.name, type{least}, type{most});
#include "server/serving/admission/limits.inc"
#undef HG_LIMIT
  // Room for one request of the greatest size, message and numbers.
  check("max_queued_bytes", limits.max_queued_bytes,
        2 * limits.max_request_bytes, 1024 * kGiB);
  // Half of it, which slow clients may have, has room for one of the greatest.
  check("max_open_bytes", limits.max_open_bytes,
        2 * (limits.max_request_bytes + limits.max_response_bytes),
        1024 * kGiB);
  check("max_transport_bytes", limits.max_transport_bytes,
        2 * limits.max_request_bytes, 1024 * kGiB);
  if (limits.max_connection_age != absl::InfiniteDuration()) {
    check("max_connection_age", limits.max_connection_age, absl::Seconds(1),
          kDay);
  }
  return problems;
}

}  // namespace hypergan::server
