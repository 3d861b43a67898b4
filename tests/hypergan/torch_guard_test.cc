#include "hypergan/torch_guard.h"

#include <c10/util/Exception.h>

#include <new>
#include <stdexcept>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

template <typename Exception>
absl::Status StatusOf(const Exception& exception) {
  return TorchGuard("here", [&]() -> absl::Status { throw exception; });
}

TEST(TorchGuardTest, PassesOnWhatTheBodyReturns) {
  EXPECT_EQ(*TorchGuard("here", []() -> absl::StatusOr<int> { return 3; }), 3);
  EXPECT_EQ(TorchGuard("here", [] { return absl::CancelledError("no"); }),
            absl::CancelledError("no"));
}

TEST(TorchGuardTest, TurnsExceptionsIntoStatus) {
  EXPECT_EQ(StatusOf(std::runtime_error("broken\nstack trace")),
            absl::InternalError("here: broken"));
  EXPECT_EQ(StatusOf(std::bad_alloc()).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(StatusOf(std::runtime_error("CUDA out of memory. Tried")).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(StatusOf(7), absl::InternalError("here: unknown exception"));
  const absl::Status torch = TorchGuard("here", []() -> absl::Status {
    TORCH_CHECK(false, "bad shape");
    return absl::OkStatus();
  });
  EXPECT_EQ(torch, absl::InternalError("here: bad shape"));
}

TEST(TorchGuardTest, BoundsTheMessage) {
  EXPECT_LT(
      StatusOf(std::runtime_error(std::string(9999, 'x'))).message().size(),
      400u);
}

}  // namespace
}  // namespace hypergan
