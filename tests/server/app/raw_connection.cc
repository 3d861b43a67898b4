#include "tests/server/app/raw_connection.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace hypergan::server {

RawConnection::RawConnection(int port, bool ipv6, int receive_bytes)
    : socket_(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
  if (receive_bytes != 0) {
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes,
               sizeof(receive_bytes));
  }
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(static_cast<uint16_t>(port));
  six.sin6_addr = in6addr_loopback;
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  four.sin_port = six.sin6_port;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int code =
      ipv6 ? connect(socket_, reinterpret_cast<sockaddr*>(&six), sizeof(six))
           : connect(socket_, reinterpret_cast<sockaddr*>(&four), sizeof(four));
  connected_ = code == 0;
}

RawConnection::~RawConnection() { close(socket_); }

bool RawConnection::Send(const std::string& text) const {
  size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t some =
        send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (some <= 0) return false;
    sent += static_cast<size_t>(some);
  }
  return true;
}

std::string RawConnection::ReadAnswer(bool head) {
  size_t end = std::string::npos;
  while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return "";
  }
  const std::string field = "Content-Length: ";
  const size_t length = read_.find(field);
  size_t size = end + 4;
  if (!head && length < end) {
    size += std::strtoul(read_.c_str() + length + field.size(), nullptr, 10);
  }
  while (read_.size() < size) {
    if (!ReadMore()) return "";
  }
  std::string answer = read_.substr(0, size);
  read_.erase(0, size);
  return answer;
}

std::string RawConnection::ReadToEnd() {
  while (ReadMore()) {
  }
  return read_;
}

bool RawConnection::IsClosedWithin(int milliseconds) {
  pollfd wait = {.fd = socket_, .events = POLLIN, .revents = 0};
  while (poll(&wait, 1, milliseconds) > 0) {
    if (!ReadMore()) return true;
  }
  return false;
}

bool RawConnection::ReadMore() {
  char buffer[4096];
  const ssize_t got = recv(socket_, buffer, sizeof(buffer), 0);
  if (got <= 0) return false;
  read_.append(buffer, static_cast<size_t>(got));
  return true;
}

}  // namespace hypergan::server
