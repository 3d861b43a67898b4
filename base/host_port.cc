#include "base/host_port.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/quoted.h"

namespace hypergan {
namespace {

constexpr size_t kMaxNameBytes = 253;  // of the DNS

bool IsName(absl::string_view host) {
  return !host.empty() && host.size() <= kMaxNameBytes &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
         });
}

// An address, with its zone ("%eth0") if it has one.
bool IsIpv6(absl::string_view host) {
  const size_t percent = host.find('%');
  in6_addr address;
  if (inet_pton(AF_INET6, std::string(host.substr(0, percent)).c_str(),
                &address) != 1) {
    return false;
  }
  return percent == absl::string_view::npos || IsName(host.substr(percent + 1));
}

// Neither a sign nor blanks, which number parsers let pass.
std::optional<uint16_t> ParsePort(absl::string_view text) {
  uint32_t port = 0;
  const bool is_port =
      text.size() <= 5 &&
      std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
      absl::SimpleAtoi(text, &port) && port <= 65535;
  if (!is_port) return std::nullopt;
  return static_cast<uint16_t>(port);
}

absl::Status Refused(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("expected host:port, with an IPv6 address in brackets, got ",
                   Quoted(std::string(text)), ": ", why));
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  const bool has_port =
      colon != absl::string_view::npos &&
      (bracket == absl::string_view::npos || colon == bracket + 1);
  if (!has_port) return Refused(text, "it has no port");
  const auto port = ParsePort(text.substr(colon + 1));
  if (!port) {
    return Refused(text, "the port is no number of 0 to 65535");
  }
  absl::string_view host = text.substr(0, colon);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
    if (!IsIpv6(host)) {
      return Refused(text, "there is no IPv6 address in the brackets");
    }
  } else if (host != "*" && !IsName(host)) {
    return Refused(text, IsIpv6(host) ? "an IPv6 address goes in brackets"
                                      : "the host is no name and no address");
  }
  return HostPort{std::string(host), *port};
}

}  // namespace hypergan
