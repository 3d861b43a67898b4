#include "server/rpc/client_key.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace hypergan::server {
namespace {

constexpr size_t kMaxBytes = 64;
constexpr size_t kNetworkBytes = 8;  // of an address of IPv6

// "[::1]:567" or "[fe80::1%25eth0]:567", with brackets as they are or as "%5B"
// and "%5D".
std::string NetworkOf(absl::string_view peer) {
  const std::string plain =
      absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}});
  const size_t end = plain.find_first_of("]%");
  if (plain.empty() || plain[0] != '[' || end == std::string::npos) return "";
  std::array<char, sizeof(in6_addr)> address;
  const std::string text = plain.substr(1, end - 1);
  if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1) return "";
  return absl::StrCat("ipv6:", absl::BytesToHexString(absl::string_view(
                                   address.data(), kNetworkBytes)));
}

}  // namespace

std::string ClientKey(absl::string_view peer) {
  absl::string_view rest = peer;
  if (absl::ConsumePrefix(&rest, "ipv6:")) {
    const std::string network = NetworkOf(rest);
    if (!network.empty()) return network;
  } else if (absl::ConsumePrefix(&rest, "ipv4:")) {
    peer = peer.substr(0, peer.rfind(':'));
  }
  return std::string(peer.substr(0, kMaxBytes));
}

}  // namespace hypergan::server
