// TLS and tokens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/client.h"
#include "client/connection/target.h"
#include "tests/client/fake_server.h"
#include "tests/support/temp_folder.h"

namespace hypergan::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Read(const std::string& path) {
  std::ifstream stream(path);
  std::stringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

// A self-signed certificate NAME.pem of a server `models.test`, and its key
// NAME.key.
void MakeCertificate(const TempFolder& folder, const std::string& name) {
  const std::string stem = absl::StrCat(folder.path(), "/", name);
  ASSERT_EQ(std::system(
                absl::StrCat("openssl req -x509 -newkey ec -nodes -days 2 "
                             "-pkeyopt ec_paramgen_curve:prime256v1 "
                             "-subj /CN=models.test "
                             "-addext subjectAltName=DNS:models.test -keyout ",
                             stem, ".key -out ", stem, ".pem 2>/dev/null")
                    .c_str()),
            0);
}

class ConnectionTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }

  std::unique_ptr<FakeServer> SecureServer(const std::string& name,
                                           bool mutual = false) {
    grpc::SslServerCredentialsOptions ssl(
        mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
               : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    ssl.pem_key_cert_pairs.push_back(
        {Read(Path(name + ".key")), Read(Path(name + ".pem"))});
    if (mutual) ssl.pem_root_certs = Read(Path(name + ".pem"));
    return Answering(std::make_unique<FakeServer>(
        absl::InfiniteDuration(), grpc::SslServerCredentials(ssl)));
  }

  std::unique_ptr<FakeServer> Answering(std::unique_ptr<FakeServer> server) {
    server->on_predict = [this](const v1::PredictRequest& request,
                                v1::PredictResponse* response) {
      return AnswerDigits(model_, request, response);
    };
    return server;
  }

  absl::Status Ask(const FakeServer& server) {
    const auto client = Client::Connect(server.address(), options_);
    return client.ok() ? AskOnce(*client) : client.status();
  }

  static absl::Status AskOnce(const Client& client) {
    return client
        .Predict({.model = "digits",
                  .input_shape = {1, 1, 2, 2},
                  .inputs = {0, 0, 0, 0}})
        .status();
  }

  const v1::Model model_ = DigitsModel(3);
  TempFolder folder_;
  ClientOptions options_ = {.retry = {.max_attempts = 1}};
};

TEST_F(ConnectionTest, AsksByTlsAndSendsTheToken) {
  MakeCertificate(folder_, "a");
  const auto server = SecureServer("a");
  options_.tls = {.root_certificates = Path("a.pem"),
                  .server_name = "models.test"};
  options_.token = "secret";
  EXPECT_TRUE(Ask(*server).ok()) << Ask(*server);
  EXPECT_THAT(server->authorizations(), ElementsAre("Bearer secret"));
}

TEST_F(ConnectionTest, AsksNoServerThatIsNotTrusted) {
  MakeCertificate(folder_, "a");
  MakeCertificate(folder_, "b");
  const auto server = SecureServer("a");
  options_.deadline = absl::Seconds(10);
  EXPECT_FALSE(Ask(*server).ok());  // in plain text
  options_.tls.emplace();
  EXPECT_FALSE(Ask(*server).ok());  // the system's authorities
  options_.tls = {.root_certificates = Path("b.pem"),
                  .server_name = "models.test"};
  EXPECT_FALSE(Ask(*server).ok());
  options_.tls = {.root_certificates = Path("a.pem"),
                  .server_name = "other.test"};
  EXPECT_FALSE(Ask(*server).ok());
  EXPECT_TRUE(server->authorizations().empty());
}

TEST_F(ConnectionTest, ShowsItsCertificateWhereTheServerAsksForOne) {
  MakeCertificate(folder_, "a");
  const auto server = SecureServer("a", /*mutual=*/true);
  options_.tls = {.root_certificates = Path("a.pem"),
                  .server_name = "models.test"};
  EXPECT_FALSE(Ask(*server).ok());
  options_.tls->certificate = Path("a.pem");
  options_.tls->private_key = Path("a.key");
  EXPECT_TRUE(Ask(*server).ok()) << Ask(*server);
}

TEST_F(ConnectionTest, FollowsChangesOfTheTlsFiles) {
  MakeCertificate(folder_, "a");
  MakeCertificate(folder_, "b");
  const auto server = SecureServer("b");
  std::filesystem::copy(Path("a.pem"), Path("trusted.pem"));
  options_.tls = {.root_certificates = Path("trusted.pem"),
                  .server_name = "models.test",
                  .reload_interval = absl::Seconds(1)};
  options_.retry.max_attempts = 5;
  const auto client = Client::Connect(server->address(), options_);
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_FALSE(AskOnce(*client).ok());
  std::filesystem::copy(Path("b.pem"), Path("new.pem"));
  std::filesystem::rename(Path("new.pem"), Path("trusted.pem"));
  const absl::Time end = absl::Now() + absl::Seconds(30);
  absl::Status status;
  do {
    status = AskOnce(*client);
  } while (!status.ok() && absl::Now() < end);
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ConnectionTest, ReadsATokenFileAgainForEachCall) {
  const auto server = Answering(std::make_unique<FakeServer>());
  options_.token_file = Path("token");
  folder_.Write("token", "one\n");
  const auto client = Client::Connect(server->address(), options_);
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_TRUE(AskOnce(*client).ok());
  folder_.Write("token", "two");
  EXPECT_TRUE(AskOnce(*client).ok());
  std::filesystem::remove(Path("token"));
  EXPECT_TRUE(absl::IsNotFound(AskOnce(*client))) << AskOnce(*client);
  EXPECT_THAT(server->authorizations(),
              ElementsAre("Bearer one", "Bearer two"));
}

TEST_F(ConnectionTest, RefusesTokensThatCannotBeSent) {
  options_.token_file = Path("token");
  for (const std::string text :
       {"", "\n", "two words", "a\nb", "caf\xc3\xa9", "a\x01"}) {
    folder_.Write("token", text);
    const auto client = Client::Connect("127.0.0.1:1", options_);
    EXPECT_TRUE(absl::IsInvalidArgument(client.status())) << client.status();
    EXPECT_THAT(std::string(client.status().message()),
                Not(HasSubstr("words")));
  }
  folder_.Write("token", std::string(8193, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Client::Connect("127.0.0.1:1", options_).status()));
  folder_.Write("token", "good");
  EXPECT_TRUE(Client::Connect("127.0.0.1:1", options_).ok());
  options_.token = "another";
  EXPECT_TRUE(absl::IsInvalidArgument(
      Client::Connect("127.0.0.1:1", options_).status()));
}

TEST_F(ConnectionTest, SendsNoTokenForAllToRead) {
  options_.token = "secret";
  EXPECT_TRUE(absl::IsInvalidArgument(
      Client::Connect("models.test:8001", options_).status()));
  options_.tls.emplace();
  EXPECT_TRUE(Client::Connect("models.test:8001", options_).ok());
}

TEST(IsThisMachineTest, TellsItFromOthers) {
  for (const char* here :
       {"127.0.0.1:8001", "localhost:8001", "dns:localhost:8001",
        "dns:///localhost:8001", "[::1]:8001", "unix:/run/models.sock",
        "ipv4:127.0.0.1:1,127.0.0.1:2"}) {
    EXPECT_TRUE(IsThisMachine(here)) << here;
  }
  for (const char* elsewhere :
       {"ipv4:127.0.0.1:1,10.0.0.1:2", "localhost.evil.test:8001",
        "127.0.0.1.evil.test:8001", "127.evil.test:8001", "models.test:8001",
        "dns://resolver", ""}) {
    EXPECT_FALSE(IsThisMachine(elsewhere)) << elsewhere;
  }
}

}  // namespace
}  // namespace hypergan::client
