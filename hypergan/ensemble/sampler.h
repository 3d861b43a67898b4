#pragma once

#include <torch/script.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/compute/packed_linear.h"
#include "hypergan/ensemble/weight_sets.h"

namespace hypergan {

struct SamplerOptions {
  WeightPrecision precision = WeightPrecision::kFloat32;
  // The module is the sampler's own: weights that it holds in packed form are
  // taken out of it, so that they are in memory once. `generate` and `forward`
  // of the module cannot be called any more.
  bool owns_module = false;
};

// Draws weight sets: noise, then the checkpoint's `generate`, on the CPU with
// its linear layers packed (PackLinearLayers) if that gave the same weights, to
// 1e-5 of their scale, on trial noise. Immutable; for any number of threads.
class Sampler {
 public:
  // UNIMPLEMENTED for bfloat16 where `generate` cannot be packed.
  static absl::StatusOr<Sampler> Create(const Checkpoint& checkpoint,
                                        c10::Device device,
                                        const SamplerOptions& options);

  // The noise of networks first .. first + count - 1 of `seed`, on the CPU.
  at::Tensor Noise(uint64_t seed, int64_t first, int64_t count) const;
  // Those networks, on the device. Throws what LibTorch throws.
  WeightSets Sample(uint64_t seed, int64_t first, int64_t count) const;
  // The networks of noise [count, noise_size] on the CPU, whoever's rows it
  // holds.
  WeightSets Generate(const at::Tensor& noise) const;

  bool is_packed() const { return executor_ != nullptr; }

 private:
  Sampler(const Checkpoint& checkpoint, c10::Device device)
      : module_(checkpoint.module),
        noise_size_(checkpoint.manifest.noise_size),
        members_(checkpoint.manifest.members),
        device_(device) {}

  void Pack(const SamplerOptions& options);

  torch::jit::Module module_;
  int64_t noise_size_;
  int64_t members_;
  c10::Device device_;
  std::shared_ptr<torch::jit::GraphExecutor> executor_;  // null: the method
};

}  // namespace hypergan
