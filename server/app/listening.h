#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hypergan::server {

// A socket that listens; closed when this goes, unless released.
class ListeningSocket {
 public:
  explicit ListeningSocket(int file) : file_(file) {}
  ~ListeningSocket();
  ListeningSocket(ListeningSocket&& other) noexcept : file_(other.Release()) {}
  ListeningSocket& operator=(ListeningSocket&&) = delete;

  int file() const { return file_; }
  int Release();
  bool is_ipv6() const;
  int port() const;

 private:
  int file_;
};

// Listens on every address that `address` names, all with the same port:
// "127.0.0.1:8002", "[::1]:8002", "localhost:0"; "*:8002" and "[::]:8002" are
// all addresses of IPv6 and IPv4 (of the latter alone where there is no IPv6),
// "0.0.0.0:8002" all of IPv4. Port 0 takes a free one.
//   INVALID_ARGUMENT  it cannot be parsed, or the name is not known
//   NOT_FOUND         not an address of this machine
//   UNAVAILABLE       in use, or what else the system says
absl::StatusOr<std::vector<ListeningSocket>> Listen(const std::string& address);

}  // namespace hypergan::server
