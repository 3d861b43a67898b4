#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "base/owned_fd.h"
#include "server/app/http/http_server.h"
#include "tests/fuzz/fuzz_input.h"

namespace hypergan {
namespace {

sockaddr_in Loopback(uint32_t host, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  return address;
}

// Connections that ended keep their port for a minute. Each run comes from
// another address of the loopback, so that ports do not run out.
OwnedFd Connect(int port) {
  static uint32_t host = INADDR_LOOPBACK;
  host = (host & 0xffff) == 0xffff ? INADDR_LOOPBACK : host + 1;
  OwnedFd connection(socket(AF_INET, SOCK_STREAM, 0));
  const sockaddr_in from = Loopback(host, 0);
  const sockaddr_in to = Loopback(INADDR_LOOPBACK, port);
  const auto* const own = reinterpret_cast<const sockaddr*>(&from);
  const auto* const other = reinterpret_cast<const sockaddr*>(&to);
  fuzz::Expect(bind(connection.get(), own, sizeof(from)) == 0);
  fuzz::Expect(connect(connection.get(), other, sizeof(to)) == 0);
  return connection;
}

server::HttpServer& Server() {
  static const auto server = server::HttpServer::Start(
      "127.0.0.1:0",
      {{"/", [] { return server::HttpAnswer{.body = "slow"}; }},
       {"/healthz", [] { return server::HttpAnswer{.body = "quick"}; }, true}});
  fuzz::Expect(server.ok());
  return **server;
}

}  // namespace
}  // namespace hypergan

// What one connection sends. The server answers in HTTP, or not at all, and
// closes the connection in its time.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  const OwnedFd connection = Connect(Server().port());
  size_t sent = 0;
  while (sent < size) {
    const ssize_t some =
        send(connection.get(), data + sent, size - sent, MSG_NOSIGNAL);
    if (some <= 0) break;  // refused half-way
    sent += static_cast<size_t>(some);
  }
  shutdown(connection.get(), SHUT_WR);
  std::string answer;
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t some = recv(connection.get(), block.data(), block.size(), 0);
    if (some <= 0) break;
    answer.append(block.data(), static_cast<size_t>(some));
  }
  fuzz::Expect(answer.empty() || answer.starts_with("HTTP/1."));
  return 0;
}
