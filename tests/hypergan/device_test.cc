#include "hypergan/device.h"

#include <torch/script.h>

#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "hypergan/ensemble.h"
#include "tests/hypergan/cuda.h"
#include "tests/hypergan/tiny_model.h"

namespace hypergan {
namespace {

using hypergan::testing::HasDriver;

// The largest difference, of what is expected's scale.
double ErrorOf(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).abs().max() / expected.abs().max()).item<double>();
}

TEST(DeviceTest, OpensTheCpu) { EXPECT_TRUE(OpenDevice("cpu")->is_cpu()); }

TEST(DeviceTest, RefusesOtherNames) {
  for (const char* name : {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda0"}) {
    EXPECT_EQ(OpenDevice(name).status().code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
}

TEST(DeviceTest, CudaWithoutADriverIsAnErrorAndAutoFallsBack) {
  if (HasDriver()) GTEST_SKIP() << "there is an NVIDIA driver here";
  EXPECT_EQ(OpenDevice("cuda").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(OpenDevice("auto")->is_cpu());
}

// LibTorch's CUDA libraries take 240 MB, which only a GPU is worth.
TEST(DeviceTest, AutoLoadsNoCudaWithoutADriver) {
  if (HasDriver()) GTEST_SKIP() << "there is an NVIDIA driver here";
  EXPECT_TRUE(OpenDevice("auto")->is_cpu());
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    EXPECT_EQ(line.find("libtorch_cuda"), std::string::npos) << line;
  }
}

TEST(DeviceTest, CudaAnswersAsTheCpuDoes) {
  if (!HasDriver()) GTEST_SKIP() << "no NVIDIA driver here";
  const c10::Device cuda = *OpenDevice("cuda");
  Workers workers(1);
  for (const char* target : {"mnist", "regression"}) {
    const Checkpoint checkpoint = testing::TinyCheckpoint(target);
    Checkpoint copy = checkpoint;
    copy.module = checkpoint.module.clone();
    copy.module.to(cuda);
    EnsembleOptions options;
    options.network_outputs = true;
    std::vector<int64_t> shape = checkpoint.manifest.input_shape;
    shape.insert(shape.begin(), 4);
    const at::Tensor inputs = at::rand(shape);
    const auto on_cpu = Ensemble(checkpoint, c10::Device(c10::kCPU), &workers)
                            .Predict(inputs, options);
    for (ExecutionForm form : {ExecutionForm::kAuto, ExecutionForm::kBatched,
                               ExecutionForm::kModule}) {
      const auto ensemble =
          Ensemble::Create(copy, cuda, &workers, {.form = form, .sampler = {}});
      ASSERT_TRUE(ensemble.ok()) << ensemble.status();
      const auto on_cuda = ensemble->Predict(inputs, options);
      ASSERT_TRUE(on_cuda.ok()) << on_cuda.status();
      EXPECT_LE(ErrorOf(on_cuda->mean, on_cpu->mean), 1e-5);
      EXPECT_LE(ErrorOf(on_cuda->variance, on_cpu->variance), 1e-4);
      EXPECT_LE(ErrorOf(on_cuda->network_outputs, on_cpu->network_outputs),
                1e-5);
    }
  }
}

}  // namespace
}  // namespace hypergan
