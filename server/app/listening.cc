#include "server/app/listening.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/host_port.h"
#include "base/quoted.h"
#include "base/status_macros.h"

namespace hypergan::server {
namespace {

constexpr int kBacklog = 1024;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

bool IsNoAddressHere(int error) {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

absl::Status CannotListen(const std::string& address, int error) {
  const std::string what = absl::StrCat("cannot listen on ", OneLine(address));
  if (IsNoAddressHere(error)) {
    return absl::NotFoundError(
        absl::StrCat(what, ": not an address of this machine"));
  }
  return absl::UnavailableError(absl::StrCat(
      what, ": ",
      error == EADDRINUSE ? "the port is in use" : std::strerror(error)));
}

absl::StatusOr<Addresses> Resolve(const std::string& address,
                                  const std::string& host) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (code != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on ", OneLine(address), ": ",
                     Quoted(host, 255), ": ", gai_strerror(code)));
  }
  return Addresses(list);
}

void SetPort(sockaddr* address, uint16_t port) {
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  }
}

// 0, or the errno that says why not.
int ListenOn(const addrinfo& address, uint16_t port,
             std::vector<ListeningSocket>& sockets) {
  ListeningSocket socket(::socket(
      address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.file() < 0) return errno;
  // Otherwise a restart would wait for the last connections to be forgotten.
  const int on = 1;
  setsockopt(socket.file(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.ai_family == AF_INET6) {
    const auto* ip = reinterpret_cast<const sockaddr_in6*>(address.ai_addr);
    const int alone = IN6_IS_ADDR_UNSPECIFIED(&ip->sin6_addr) ? 0 : 1;
    setsockopt(socket.file(), IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof(alone));
  }
  SetPort(address.ai_addr, port);
  if (bind(socket.file(), address.ai_addr, address.ai_addrlen) != 0 ||
      listen(socket.file(), kBacklog) != 0) {
    return errno;
  }
  sockets.push_back(std::move(socket));
  return 0;
}

// A name may stand for addresses that this machine lacks, as localhost for ::1.
absl::StatusOr<std::vector<ListeningSocket>> ListenOnAll(
    const std::string& address, const std::string& host, uint16_t port) {
  HG_ASSIGN_OR_RETURN(const Addresses addresses, Resolve(address, host));
  std::vector<ListeningSocket> sockets;
  int problem = 0;
  for (const addrinfo* next = addresses.get(); next != nullptr;
       next = next->ai_next) {
    // Where port 0 was asked for, all take the one that the first was given.
    if (!sockets.empty()) port = static_cast<uint16_t>(sockets.front().port());
    const int error = ListenOn(*next, port, sockets);
    if (error == 0) continue;
    problem = error;
    if (!IsNoAddressHere(error)) break;
  }
  if (sockets.empty() || (problem != 0 && !IsNoAddressHere(problem))) {
    return CannotListen(address, problem);
  }
  return sockets;
}

}  // namespace

ListeningSocket::~ListeningSocket() {
  if (file_ >= 0) close(file_);
}

int ListeningSocket::Release() { return std::exchange(file_, -1); }

bool ListeningSocket::is_ipv6() const {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  getsockname(file_, reinterpret_cast<sockaddr*>(&bound), &size);
  return bound.ss_family == AF_INET6;
}

int ListeningSocket::port() const {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  getsockname(file_, reinterpret_cast<sockaddr*>(&bound), &size);
  return ntohs(bound.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

absl::StatusOr<std::vector<ListeningSocket>> Listen(
    const std::string& address) {
  const auto wanted = ParseHostPort(address);
  if (!wanted.ok()) return wanted.status();
  const bool all = wanted->host == "*" || wanted->host == "::";
  auto sockets = ListenOnAll(address, all ? "::" : wanted->host,
                             static_cast<uint16_t>(wanted->port));
  if (!all || !absl::IsNotFound(sockets.status())) return sockets;
  return ListenOnAll(address, "0.0.0.0", static_cast<uint16_t>(wanted->port));
}

}  // namespace hypergan::server
