#include "server/rpc/calls/received_bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

// The two ends of a connection over the loopback.
class Connection {
 public:
  Connection() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    bind(listener, any, size);
    listen(listener, 1);
    getsockname(listener, any, &size);
    client = socket(AF_INET, SOCK_STREAM, 0);
    connect(client, any, size);
    server = accept(listener, any, &size);
    close(listener);
    peer = absl::StrCat("ipv4:127.0.0.1:", ntohs(address.sin_port));
  }
  ~Connection() {
    close(client);
    close(server);
  }

  int client = -1;
  int server = -1;
  std::string peer;  // of the server's end
};

TEST(ReceivedBytesTest, CountsWhatAPeerHasSentWhetherOrNotItIsRead) {
  Connection connection;
  EXPECT_EQ(ReceivedBytes().at(connection.peer), 0);
  const std::string bytes(10'000, 'x');
  ASSERT_EQ(send(connection.client, bytes.data(), bytes.size(), 0), 10'000);
  std::string read(4'000, 0);
  ASSERT_EQ(recv(connection.server, read.data(), 4'000, MSG_WAITALL), 4'000);
  EXPECT_EQ(ReceivedBytes().at(connection.peer), 10'000);
}

TEST(ReceivedBytesTest, ForgetsAConnectionThatIsClosed) {
  std::string peer;
  {
    const Connection connection;
    peer = connection.peer;
  }
  EXPECT_EQ(ReceivedBytes().count(peer), 0u);
}

}  // namespace
}  // namespace hypergan::server
