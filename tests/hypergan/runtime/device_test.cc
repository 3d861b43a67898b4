#include "hypergan/runtime/device.h"

#include <torch/script.h>

#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "hypergan/ensemble/ensemble.h"
#include "tests/support/cuda.h"
#include "tests/support/tiny_model.h"

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

// What an ensemble on `device` says of four rows, in `form`.
EnsembleOutputs Ask(const Checkpoint& checkpoint, c10::Device device,
                    ExecutionForm form, const at::Tensor& inputs) {
  Workers workers(1);
  Checkpoint there = checkpoint;
  there.module = checkpoint.module.clone();
  there.module.to(device);
  EnsembleOptions options;
  options.network_outputs = true;
  return Ensemble::Create(there, device, &workers,
                          {.form = form, .sampler = {}})
      .value()
      .Predict(inputs, options)
      .value();
}

void ExpectTheSameFrom(c10::Device device) {
  for (const char* target : {"mnist", "regression"}) {
    Checkpoint checkpoint = testing::TinyCheckpoint(target);
    checkpoint.manifest.target_network_json =
        TargetNetworkToJson(FindTargetNetwork(target).value());
    std::vector<int64_t> shape = checkpoint.manifest.input_shape;
    shape.insert(shape.begin(), 4);
    const at::Tensor inputs = at::rand(shape);
    const EnsembleOutputs expected =
        Ask(checkpoint, c10::kCPU, ExecutionForm::kModule, inputs);
    for (ExecutionForm form : {ExecutionForm::kAuto, ExecutionForm::kBatched,
                               ExecutionForm::kModule}) {
      const EnsembleOutputs got = Ask(checkpoint, device, form, inputs);
      EXPECT_LE(ErrorOf(got.mean, expected.mean), 1e-5);
      EXPECT_LE(ErrorOf(got.variance, expected.variance), 1e-4);
      EXPECT_LE(ErrorOf(got.network_outputs, expected.network_outputs), 1e-5);
    }
  }
}

TEST(DeviceTest, AnswersAlikeInEveryForm) { ExpectTheSameFrom(c10::kCPU); }

TEST(DeviceTest, CudaAnswersAsTheCpuDoes) {
  if (!HasDriver()) GTEST_SKIP() << "no NVIDIA driver here";
  ExpectTheSameFrom(*OpenDevice("cuda"));
}

}  // namespace
}  // namespace hypergan
