#include "server/rpc/calls/received_bytes.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

std::string Text(int family, const void* address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family, address, text, sizeof(text));
  return text;
}

// None for a socket without a peer, or one that is not of the internet.
std::optional<std::string> PeerOf(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (getpeername(fd, any, &size) != 0) return std::nullopt;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return absl::StrCat("ipv4:", Text(AF_INET, &v4.sin_addr), ":",
                        ntohs(v4.sin_port));
  }
  if (address.ss_family != AF_INET6) return std::nullopt;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  const int port = ntohs(v6.sin6_port);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    const uint8_t* const v4 = &v6.sin6_addr.s6_addr[12];
    return absl::StrCat("ipv4:", Text(AF_INET, v4), ":", port);
  }
  return absl::StrCat("ipv6:%5B", Text(AF_INET6, &v6.sin6_addr), "%5D:", port);
}

std::optional<int64_t> ReceivedOn(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return std::nullopt;
  }
  return static_cast<int64_t>(info.tcpi_bytes_received);
}

}  // namespace

std::map<std::string, int64_t> ReceivedBytes() {
  std::map<std::string, int64_t> received;
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  const std::filesystem::directory_iterator end;
  for (; !error && files != end; files.increment(error)) {
    int fd = -1;
    if (!absl::SimpleAtoi(files->path().filename().string(), &fd)) continue;
    const auto peer = PeerOf(fd);
    const auto bytes = peer ? ReceivedOn(fd) : std::nullopt;
    if (bytes) received[*peer] = *bytes;
  }
  return received;
}

}  // namespace hypergan::server
