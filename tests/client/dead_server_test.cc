#include <string>

#include "absl/strings/strip.h"
#include "client/client.h"
#include "gtest/gtest.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"

namespace hypergan::client {
namespace {

// A server that is stopped says as little as one whose node has no power.
TEST(DeadServerTest, IsNoticedLongBeforeTheDeadline) {
  const TempFolder folder;
  folder.Write("m/1/model.pt", "good");
  server::ChildProcess program({FAKE_SERVER,
                                "--model_repository=" + folder.path(),
                                "--listen=127.0.0.1:0", "--metrics_listen="});
  const std::string listening = program.ReadLine();
  const std::string address(absl::StripPrefix(listening, "listening on "));
  ASSERT_EQ(program.ReadLine(), "serving 1 model");

  ClientOptions options;
  options.deadline = absl::Minutes(10);
  options.retry.max_attempts = 1;
  options.keepalive = {.time = absl::Milliseconds(100),
                       .timeout = absl::Milliseconds(100)};
  absl::StatusOr<Client> client = Client::Connect(address, options);
  ASSERT_TRUE(client.ok()) << client.status();
  ASSERT_TRUE(client->ListModels().ok());
  program.Stop();
  EXPECT_EQ(client->ListModels().status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace hypergan::client
