#include "base/host_port.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

void ExpectReads(const std::string& text, const std::string& host, int port) {
  const auto parsed = ParseHostPort(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->host, host);
  EXPECT_EQ(parsed->port, port);
}

void ExpectRefused(const std::string& text, const std::string& why) {
  const auto parsed = ParseHostPort(text);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << text;
  EXPECT_THAT(parsed.status().message(), HasSubstr("expected host:port"));
  EXPECT_THAT(parsed.status().message(), HasSubstr(why)) << text;
}

TEST(HostPortTest, ReadsNamesAndAddresses) {
  ExpectReads("127.0.0.1:8001", "127.0.0.1", 8001);
  ExpectReads("node-1.a_b.example:0", "node-1.a_b.example", 0);
  ExpectReads("localhost:65535", "localhost", 65535);
  ExpectReads("[::1]:8001", "::1", 8001);
  ExpectReads("[::]:8001", "::", 8001);
  ExpectReads("*:8001", "*", 8001);
  ExpectReads("[fe80::1%eth0]:80", "fe80::1%eth0", 80);
}

TEST(HostPortTest, APortIsANumberOf16Bits) {
  for (const char* port : {"65536", "99999", "100000", "18446744073709551617",
                           "-1", "+80", " 80", "80 ", "0x50", "http", ""}) {
    ExpectRefused(std::string("127.0.0.1:") + port,
                  "the port is no number of 0 to 65535");
    ExpectRefused(std::string("[::1]:") + port, "the port is no number");
  }
}

TEST(HostPortTest, SaysWhatElseIsWrong) {
  ExpectRefused("", "it has no port");
  ExpectRefused("localhost", "it has no port");
  ExpectRefused("[::1]", "it has no port");
  ExpectRefused(":80", "the host is no name");
  ExpectRefused("http://localhost:80", "the host is no name");
  ExpectRefused("a b:80", "the host is no name");
  ExpectRefused(std::string(300, 'a') + ":80", "the host is no name");
  ExpectRefused("::1:80", "an IPv6 address goes in brackets");
  ExpectRefused("[localhost]:80", "no IPv6 address in the brackets");
  ExpectRefused("[]:80", "no IPv6 address in the brackets");
  ExpectRefused("[::1]80", "it has no port");
}

}  // namespace
}  // namespace hypergan
