#include "server/rpc/client_key.h"

#include <string>

#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

TEST(ClientKeyTest, LeavesOutThePort) {
  EXPECT_EQ(ClientKey("ipv4:127.0.0.1:4711"), "ipv4:127.0.0.1");
  EXPECT_EQ(ClientKey("ipv4:127.0.0.1:4711"), ClientKey("ipv4:127.0.0.1:1"));
  EXPECT_NE(ClientKey("ipv4:127.0.0.1:1"), ClientKey("ipv4:127.0.0.2:1"));
}

TEST(ClientKeyTest, TakesANetworkOfIpv6ForOneClient) {
  EXPECT_EQ(ClientKey("ipv6:[2001:db8::1]:9"), "ipv6:20010db800000000");
  EXPECT_EQ(ClientKey("ipv6:%5B2001:db8::2%5D:8"), "ipv6:20010db800000000");
  EXPECT_EQ(ClientKey("ipv6:[fe80::1%25eth0]:9"), "ipv6:fe80000000000000");
  EXPECT_NE(ClientKey("ipv6:[2001:db8:0:1::1]:9"),
            ClientKey("ipv6:[2001:db8::1]:9"));
}

TEST(ClientKeyTest, TakesWhatItDoesNotKnowAsItIsWithinABound) {
  EXPECT_EQ(ClientKey("unix:/run/socket"), "unix:/run/socket");
  EXPECT_EQ(ClientKey(""), "");
  EXPECT_EQ(ClientKey("ipv6:[nonsense"), "ipv6:[nonsense");
  EXPECT_EQ(ClientKey("ipv4:"), "ipv4");
  EXPECT_EQ(ClientKey(std::string(1000, 'x')).size(), 64u);
}

}  // namespace
}  // namespace hypergan::server
