#include "server/serving/models/version_policy.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/quoted.h"

namespace hypergan::server {
namespace {

constexpr size_t kMaxNamed = 1000;
constexpr int64_t kMaxLast = 10'000;

absl::Status BadPolicy(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("expected all, greatest, last:K with K in 1..", kMaxLast,
                   ", or at most ", kMaxNamed, " versions such as 1,3, got ",
                   Quoted(std::string(text), 100)));
}

// A positive integer as repositories write it.
bool ParsePositive(absl::string_view text, int64_t* number) {
  return absl::SimpleAtoi(text, number) && *number >= 1 &&
         absl::StrCat(*number) == text;
}

}  // namespace

std::vector<int64_t> VersionPolicy::Choose(
    const std::vector<int64_t>& versions) const {
  std::vector<int64_t> chosen;
  if (!named.empty()) {
    std::set_intersection(versions.begin(), versions.end(), named.begin(),
                          named.end(), std::back_inserter(chosen));
    return chosen;
  }
  const auto count = std::ssize(versions);
  const int64_t kept = last == 0 ? count : std::min(last, count);
  return {versions.end() - kept, versions.end()};
}

absl::StatusOr<VersionPolicy> ParseVersionPolicy(absl::string_view text) {
  VersionPolicy policy;
  if (text == "all") return policy;
  if (text == "greatest") {
    policy.last = 1;
    return policy;
  }
  absl::string_view count = text;
  if (absl::ConsumePrefix(&count, "last:")) {
    if (!ParsePositive(count, &policy.last) || policy.last > kMaxLast) {
      return BadPolicy(text);
    }
    return policy;
  }
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    int64_t version = 0;
    if (!ParsePositive(part, &version) || policy.named.size() >= kMaxNamed) {
      return BadPolicy(text);
    }
    policy.named.push_back(version);
  }
  std::sort(policy.named.begin(), policy.named.end());
  policy.named.erase(std::unique(policy.named.begin(), policy.named.end()),
                     policy.named.end());
  return policy;
}

}  // namespace hypergan::server
