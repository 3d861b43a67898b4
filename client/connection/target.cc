#include "client/connection/target.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/host_port.h"
#include "base/quoted.h"
#include "base/status_macros.h"

namespace hypergan::client {
namespace {

// Nothing listens at port 0, and "*" is for those who listen.
absl::Status CheckHostPort(absl::string_view text) {
  const absl::StatusOr<HostPort> parsed = ParseHostPort(text);
  if (!parsed.ok()) return parsed.status();
  if (parsed->host == "*") {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a name or an address of a server, got ",
                     Quoted(std::string(text))));
  }
  if (parsed->port > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "expected a port of 1 to 65535, got ", Quoted(std::string(text))));
}

// "ADDRESS:PORT,ADDRESS:PORT"
absl::Status CheckList(absl::string_view list) {
  for (absl::string_view address : absl::StrSplit(list, ',')) {
    HG_RETURN_IF_ERROR(CheckHostPort(address));
  }
  return absl::OkStatus();
}

// "[//AUTHORITY/]HOST[:PORT]"; without a port it is 443, as gRPC documents.
absl::Status CheckDns(absl::string_view name) {
  if (absl::ConsumePrefix(&name, "//")) {
    const size_t slash = name.find('/');
    if (slash == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("expected dns:///HOST:PORT, got ",
                       Quoted(absl::StrCat("dns://", name))));
    }
    name.remove_prefix(slash);
  }
  absl::ConsumePrefix(&name, "/");
  const bool has_port =
      !absl::EndsWith(name, "]") && absl::StrContains(name, ':');
  return CheckHostPort(has_port ? std::string(name)
                                : absl::StrCat(name, ":443"));
}

absl::Status CheckPath(absl::string_view target, absl::string_view path) {
  if (!path.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected a path or name after the colon, got ",
                   Quoted(std::string(target))));
}

bool IsLoopback(const std::string& address) {
  const absl::StatusOr<HostPort> parsed = ParseHostPort(address);
  const std::string host = parsed.ok() ? parsed->host : address;
  in_addr ip4;
  return host == "localhost" || host == "::1" ||
         (absl::StartsWith(host, "127.") &&
          inet_pton(AF_INET, host.c_str(), &ip4) == 1);
}

}  // namespace

bool IsThisMachine(absl::string_view target) {
  if (absl::StartsWith(target, "unix:") ||
      absl::StartsWith(target, "unix-abstract:")) {
    return true;
  }
  if (absl::ConsumePrefix(&target, "dns://")) {
    target.remove_prefix(std::min(target.find('/') + 1, target.size()));
  } else if (absl::ConsumePrefix(&target, "ipv4:") ||
             absl::ConsumePrefix(&target, "ipv6:")) {
    absl::ConsumePrefix(&target, "//");
  } else {
    absl::ConsumePrefix(&target, "dns:");
  }
  absl::ConsumePrefix(&target, "/");
  const std::vector<std::string> addresses = absl::StrSplit(target, ',');
  return std::all_of(addresses.begin(), addresses.end(), IsLoopback);
}

absl::Status CheckTarget(absl::string_view target) {
  absl::string_view rest = target;
  if (absl::ConsumePrefix(&rest, "dns:")) return CheckDns(rest);
  if (absl::ConsumePrefix(&rest, "ipv4:") ||
      absl::ConsumePrefix(&rest, "ipv6:")) {
    absl::ConsumePrefix(&rest, "//");
    absl::ConsumePrefix(&rest, "/");
    return CheckList(rest);
  }
  for (absl::string_view scheme :
       {"unix:", "unix-abstract:", "xds:", "google-c2p:"}) {
    if (absl::ConsumePrefix(&rest, scheme)) return CheckPath(target, rest);
  }
  return CheckHostPort(target);
}

}  // namespace hypergan::client
