#include "client/connection/target.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::client {
namespace {

using ::testing::HasSubstr;

void ExpectRefused(const std::string& target, const std::string& message) {
  const absl::Status status = CheckTarget(target);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << target << ": " << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << target;
}

TEST(TargetTest, TakesAddressesAndTheNamesOfGrpc) {
  for (const char* target :
       {"127.0.0.1:8001", "localhost:1", "node.example:65535", "[::1]:8001",
        "dns:node.example", "dns:node.example:8001", "dns:///node.example:8001",
        "dns://8.8.8.8/node.example:8001", "dns:///[::1]:8001", "dns:[::1]",
        "ipv4:127.0.0.1:8001", "ipv4:127.0.0.1:1,127.0.0.2:2",
        "ipv4:///127.0.0.1:1", "ipv6:[::1]:8001,[::2]:80", "unix:relative",
        "unix:///run/hypergan.sock", "unix-abstract:name", "xds:///models"}) {
    EXPECT_TRUE(CheckTarget(target).ok()) << CheckTarget(target);
  }
}

TEST(TargetTest, RefusesPortsThatAreNone) {
  for (const char* target :
       {"127.0.0.1:99999", "127.0.0.1:65536", "[::1]:65537", "localhost:-1",
        "localhost:http", "dns:node.example:99999", "dns:///node.example:99999",
        "dns://8.8.8.8/node.example:x", "ipv4:127.0.0.1:99999",
        "ipv4:127.0.0.1:1,127.0.0.2:99999", "ipv6:[::1]:99999"}) {
    ExpectRefused(target, "the port is no number of 0 to 65535");
  }
  ExpectRefused("127.0.0.1:0", "expected a port of 1 to 65535");
}

TEST(TargetTest, RefusesWhatIsNoTarget) {
  ExpectRefused("", "expected host:port");
  ExpectRefused("localhost", "it has no port");
  ExpectRefused("ipv4:127.0.0.1", "it has no port");
  ExpectRefused("http://localhost:8001", "the host is no name");
  ExpectRefused("::1:8001", "goes in brackets");
  ExpectRefused("*:8001", "expected a name or an address");
  ExpectRefused("unix:", "expected a path or name");
  ExpectRefused("dns://node.example:80", "expected dns:///HOST:PORT");
}

}  // namespace
}  // namespace hypergan::client
