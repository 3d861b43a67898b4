#include "hypergan/runtime/device.h"

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <dlfcn.h>

#include <cstdio>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan {
namespace {

constexpr char kDriver[] = "libcuda.so.1";

// Loads a library for the life of the process.
absl::Status LoadLibrary(const char* name, int flags, const char* what) {
  if (dlopen(name, flags) != nullptr) return absl::OkStatus();
  const char* reason = dlerror();
  return absl::UnavailableError(
      absl::StrCat(what, ": ", reason != nullptr ? reason : name));
}

// Must run before the first question about CUDA: the answer is cached for good.
absl::Status LoadCuda() {
  // First the driver, for without it LibTorch's libraries are 240 MB in vain.
  HG_RETURN_IF_ERROR(
      LoadLibrary(kDriver, RTLD_LAZY, "there is no NVIDIA driver here"));
  return LoadLibrary("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL,
                     "LibTorch has no CUDA here");
}

// Takes a first tensor there, so that a missing driver or a wrong index shows
// now. Arithmetic is IEEE float32: by default cuDNN's convolutions round their
// inputs to TF32's 10 bits, so that a seed's answer would depend on the device
// by a thousandth.
absl::StatusOr<c10::Device> OpenCuda(int index) {
  HG_RETURN_IF_ERROR(LoadCuda());
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  const c10::Device device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
  const absl::Status status = ProbeDevice(device);
  if (!status.ok()) return absl::UnavailableError(status.message());
  return device;
}

std::optional<int> CudaIndex(absl::string_view name) {
  absl::string_view rest = name;
  if (!absl::ConsumePrefix(&rest, "cuda")) return std::nullopt;
  if (rest.empty()) return 0;
  int index = 0;
  if (!absl::ConsumePrefix(&rest, ":") || !absl::SimpleAtoi(rest, &index) ||
      index < 0 || index > 127) {
    return std::nullopt;
  }
  return index;
}

// A GPU, with a line that says so.
absl::StatusOr<c10::Device> OpenAndTell(int index) {
  absl::StatusOr<c10::Device> device = OpenCuda(index);
  if (device.ok()) {
    std::fprintf(stderr, "device: %s\n", device->str().c_str());
  }
  return device;
}

}  // namespace

absl::StatusOr<c10::Device> OpenDevice(absl::string_view name) {
  if (name == "cpu") return c10::Device(c10::kCPU);
  if (name == "auto") {
    absl::StatusOr<c10::Device> device = OpenAndTell(0);
    if (device.ok()) return device;
    // Who has a driver wants to know why the CPU is used all the same.
    const bool has_driver = dlopen(kDriver, RTLD_LAZY) != nullptr;
    std::fprintf(
        stderr, "device: cpu%s%s\n", has_driver ? ", since " : "",
        has_driver ? std::string(device.status().message()).c_str() : "");
    return c10::Device(c10::kCPU);
  }
  if (const std::optional<int> index = CudaIndex(name)) {
    return OpenAndTell(*index);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "device: expected auto, cpu, cuda or cuda:<index>, got '", name, "'"));
}

absl::Status ProbeDevice(c10::Device device) {
  if (device.is_cpu()) return absl::OkStatus();
  return TorchGuard("CUDA", [device]() -> absl::Status {
    // Reading it waits for the device.
    at::ones({1}, at::TensorOptions().device(device)).item<float>();
    return absl::OkStatus();
  });
}

}  // namespace hypergan
