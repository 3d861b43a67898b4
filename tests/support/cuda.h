#pragma once

#include <filesystem>

#include "gtest/gtest.h"
#include "hypergan/runtime/device.h"

namespace hypergan::testing {

inline bool HasDriver() { return std::filesystem::exists("/dev/nvidiactl"); }

// Opens the GPU, where there is one, before any test: LibTorch answers its
// first question about CUDA for good.
class OpenCudaFirst final : public ::testing::Environment {
 public:
  void SetUp() override {
    if (!HasDriver()) return;
    ASSERT_TRUE(OpenDevice("cuda").ok());
  }
};
inline ::testing::Environment* const kOpenCudaFirst =
    ::testing::AddGlobalTestEnvironment(new OpenCudaFirst);

}  // namespace hypergan::testing
