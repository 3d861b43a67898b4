#include "hypergan/runtime/torch_guard.h"

#include <c10/util/Exception.h>
#include <torch/script.h>

#include <new>
#include <stdexcept>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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

// What a module of one method throws.
std::string Thrown(const std::string& body) {
  const absl::Status status = TorchGuard("here", [&]() -> absl::Status {
    torch::jit::Module module("M");
    module.define("def f(self, x: Tensor) -> Tensor:\n" + body);
    module.get_method("f")({torch::ones({2})});
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  return std::string(status.message());
}

TEST(TorchGuardTest, SaysWhatTorchScriptThrewAndWhere) {
  const std::string shape = Thrown("    y = x + 1\n    return x.view(7) + y\n");
  EXPECT_THAT(shape, StartsWith("here: "));
  EXPECT_THAT(shape, HasSubstr("shape '[7]' is invalid for input of size 2"));
  EXPECT_THAT(shape, HasSubstr("return x.view(7) + y"));
  EXPECT_THAT(shape, Not(HasSubstr("TorchScript interpreter")));
  EXPECT_THAT(Thrown("    assert x.dim() == 0, \"somebody's own\"\n"
                     "    return x\n"),
              HasSubstr("AssertionError: somebody's own"));
  EXPECT_THAT(Thrown("    return f(y)\n"), HasSubstr("undefined value"));
}

TEST(TorchGuardTest, EscapesAndBoundsWhatAScriptSays) {
  const std::string said = Thrown(
      "    raise ValueError(\"\\n2026 \\x1b[2J <--- HERE\" + \"y\" * 9999)\n");
  EXPECT_EQ(said.find('\n'), std::string::npos);
  EXPECT_EQ(said.find('\x1b'), std::string::npos);
  EXPECT_LT(said.size(), 600u);
}

TEST(TorchGuardTest, LeavesOutTheStackOfCpp) {
  const auto message = [](const std::string& text) {
    return std::string(StatusOf(std::runtime_error(text)).message());
  };
  EXPECT_EQ(message("\n\nreason\nException raised from f at a.cc:1 (most"),
            "here: reason");
  EXPECT_EQ(message("Unknown type name 'X':\n  File \"a.py\", line 2\n"
                    "    x : X\n        ~ <--- HERE\n"),
            "here: Unknown type name 'X': (File \"a.py\", line 2: x : X)");
  EXPECT_EQ(message(""), "here: no reason was given");
  EXPECT_EQ(message("<--- HERE"), "here: <--- HERE");
}

TEST(TorchGuardTest, BoundsTheMessage) {
  EXPECT_LT(
      StatusOf(std::runtime_error(std::string(9999, 'x'))).message().size(),
      400u);
}

}  // namespace
}  // namespace hypergan
