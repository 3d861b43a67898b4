#include "server/rpc/status.h"

#include <string>

#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

TEST(StatusTest, KeepsTheCodeAndTheMessage) {
  const auto status = ToGrpcStatus(absl::NotFoundError("no such model"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such model");
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

TEST(StatusTest, CutsTheMessageAt1KiB) {
  const auto status =
      ToGrpcStatus(absl::InvalidArgumentError(std::string(100'000, 'x')));
  EXPECT_EQ(status.error_message().size(), 1024u);
}

TEST(StatusTest, TellsNothingOfWhatWentWrongInside) {
  for (const auto& inside :
       {absl::InternalError("secret"), absl::UnknownError("secret"),
        absl::DataLossError("secret"), absl::AbortedError("secret"),
        absl::Status(static_cast<absl::StatusCode>(99), "secret")}) {
    const auto status = ToGrpcStatus(inside);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace hypergan::server
