#include "tests/server/rpc/raw_call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace hypergan::server {
namespace {

constexpr char kSettings = 4;
constexpr char kHeaders = 1;
constexpr char kData = 0;
constexpr char kEndOfHeaders = 4;
constexpr char kEndOfStream = 1;

std::string BigEndian(uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i));
  }
  return text;
}

std::string Frame(char type, char flags, uint32_t stream,
                  const std::string& payload) {
  return BigEndian(static_cast<uint32_t>(payload.size()), 3) + type + flags +
         BigEndian(stream, 4) + payload;
}

// A literal that is not to be remembered; shorter than 127 bytes.
std::string Literal(const std::string& name, const std::string& value) {
  std::string text(1, '\0');
  for (const std::string& part : {name, value}) {
    text += static_cast<char>(part.size());
    text += part;
  }
  return text;
}

std::string RequestBytes(const std::string& path, const std::string& timeout,
                         const std::string& message) {
  std::string headers =
      Literal(":method", "POST") + Literal(":scheme", "http") +
      Literal(":path", path) + Literal(":authority", "test") +
      Literal("te", "trailers") + Literal("content-type", "application/grpc");
  if (!timeout.empty()) headers += Literal("grpc-timeout", timeout);
  const std::string body = BigEndian(0, 1) +
                           BigEndian(static_cast<uint32_t>(message.size()), 4) +
                           message;
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, "") +
         Frame(kHeaders, kEndOfHeaders, 1, headers) +
         Frame(kData, kEndOfStream, 1, body);
}

// gRPC compresses neither the name nor the value.
std::string StatusIn(const std::string& bytes) {
  const std::string name = "grpc-status";
  const size_t place = bytes.find(name);
  if (place == std::string::npos) return "";
  const size_t length = place + name.size();
  if (length >= bytes.size()) return "";
  const auto size = static_cast<size_t>(bytes[length]);
  return length + size < bytes.size() ? bytes.substr(length + 1, size) : "";
}

}  // namespace

std::string StatusOfRawCall(int port, const std::string& path,
                            const std::string& timeout,
                            const std::string& message) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const timeval patience{60, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  std::string answer = "none";
  if (connect(connection, reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) == 0) {
    const std::string request = RequestBytes(path, timeout, message);
    send(connection, request.data(), request.size(), MSG_NOSIGNAL);
    std::string received;
    std::vector<char> buffer(4096);
    while (StatusIn(received).empty()) {
      const ssize_t size = recv(connection, buffer.data(), buffer.size(), 0);
      if (size <= 0) break;
      received.append(buffer.data(), static_cast<size_t>(size));
    }
    if (!StatusIn(received).empty()) answer = StatusIn(received);
  }
  close(connection);
  return answer;
}

}  // namespace hypergan::server
