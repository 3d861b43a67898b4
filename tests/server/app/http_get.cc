#include "tests/server/app/http_get.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hypergan::server {

std::string HttpGet(int port, const std::string& path) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(connection, reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) == 0) {
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: localhost\r\n" +
                                "Connection: close\r\n\r\n";
    send(connection, request.data(), request.size(), MSG_NOSIGNAL);
    char buffer[4096];
    ssize_t got = 0;
    while ((got = recv(connection, buffer, sizeof(buffer), 0)) > 0) {
      answer.append(buffer, got);
    }
  }
  close(connection);
  return answer;
}

}  // namespace hypergan::server
