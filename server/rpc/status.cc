#include "server/rpc/status.h"

#include <new>
#include <string>

#include "absl/strings/string_view.h"

namespace hypergan::server {
namespace {

constexpr size_t kMaxMessageBytes = 1024;

bool IsAnswer(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

absl::string_view MessageOf(const absl::Status& status) {
  if (!IsAnswer(status.code())) {
    return "internal error; the server's log has the details";
  }
  return status.message().substr(0, kMaxMessageBytes);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) noexcept {
  if (status.ok()) return grpc::Status();
  // The two enumerations share their numbers.
  const auto code = IsAnswer(status.code())
                        ? static_cast<grpc::StatusCode>(status.raw_code())
                        : grpc::StatusCode::INTERNAL;
  try {
    return {code, std::string(MessageOf(status))};
  } catch (const std::bad_alloc&) {
    return {code, ""};
  }
}

}  // namespace hypergan::server
