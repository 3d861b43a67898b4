#include "server/rpc/accepting.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/owned_fd.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

// A listener on the loopback that does not block, as gRPC's.
class AcceptingTest : public testing::Test {
 protected:
  void SetUp() override {
    KeepAccepting();
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    ASSERT_EQ(bind(listener_.get(), address, size), 0);
    ASSERT_EQ(listen(listener_.get(), 8), 0);
    ASSERT_EQ(getsockname(listener_.get(), address, &size), 0);
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files_), 0);
  }
  void TearDown() override { FreeDescriptors(); }

  // None that is free is below the limit.
  void TakeDescriptors() {
    rlimit few = files_;
    few.rlim_cur = static_cast<rlim_t>(OwnedFd(dup(0)).get());
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  void FreeDescriptors() { setrlimit(RLIMIT_NOFILE, &files_); }

  OwnedFd Connect() const {
    OwnedFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const address = reinterpret_cast<const sockaddr*>(&address_);
    EXPECT_EQ(connect(client.get(), address, sizeof(address_)), 0);
    return client;
  }
  OwnedFd Accept() const {
    return OwnedFd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  const OwnedFd listener_{
      socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  sockaddr_in address_ = {};
  rlimit files_ = {};
};

TEST_F(AcceptingTest, ClosesConnectionsForWhichNoDescriptorIsFree) {
  const std::array<OwnedFd, 3> clients = {Connect(), Connect(), Connect()};
  TakeDescriptors();
  // To gRPC, nobody is left who waits.
  EXPECT_FALSE(Accept().is_open());
  EXPECT_EQ(errno, EAGAIN);
  for (const OwnedFd& client : clients) {
    char byte = 0;
    EXPECT_EQ(recv(client.get(), &byte, 1, 0), 0);  // closed
  }
}

TEST_F(AcceptingTest, AcceptsAgainOnceADescriptorIsFree) {
  const OwnedFd refused = Connect();
  TakeDescriptors();
  EXPECT_FALSE(Accept().is_open());
  FreeDescriptors();
  const OwnedFd client = Connect();
  const OwnedFd accepted = Accept();
  ASSERT_TRUE(accepted.is_open());
  ASSERT_EQ(send(client.get(), "a", 1, MSG_NOSIGNAL), 1);
  char byte = 0;
  EXPECT_EQ(recv(accepted.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, 'a');
}

TEST_F(AcceptingTest, SaysWhatIsWrongWithItsArguments) {
  EXPECT_EQ(accept4(-1, nullptr, nullptr, 0), -1);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace hypergan::server
