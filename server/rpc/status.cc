#include "server/rpc/status.h"

#include <string>

namespace hypergan::server {
namespace {

constexpr size_t kMaxMessageBytes = 1024;

bool IsAnswer(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return true;
    default:
      return false;
  }
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  if (!IsAnswer(status.code())) {
    return {grpc::StatusCode::INTERNAL,
            "internal error; the server's log has the details"};
  }
  // The two enumerations share their numbers.
  return {static_cast<grpc::StatusCode>(status.raw_code()),
          std::string(status.message().substr(0, kMaxMessageBytes))};
}

}  // namespace hypergan::server
