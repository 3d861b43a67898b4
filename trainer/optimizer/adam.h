#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hypergan/runtime/workers.h"

namespace hypergan::trainer {

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

// Adam (Kingma and Ba 2015) for one group of parameters, one pass over the
// memory a step (LibTorch's fused form), large tensors shared out over workers.
class Adam {
 public:
  // The parameters must be contiguous; their tensors are shared, not copied.
  Adam(std::vector<at::Tensor> parameters, AdamOptions options);

  // Those of the parameters that have one, sharing memory.
  std::vector<at::Tensor> Gradients() const;

  // One step from the parameters' gradients, which are then cleared. Parameters
  // without a gradient stay as they are.
  absl::Status Step(double learning_rate, Workers& workers);

  // All that a resumed run needs: moments [2 * parameters] and the steps so
  // far.
  std::vector<at::Tensor> State() const;
  int64_t steps() const { return steps_; }
  void Restore(const std::vector<at::Tensor>& state, int64_t steps);

 private:
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> first_moments_;
  std::vector<at::Tensor> second_moments_;
  AdamOptions options_;
  int64_t steps_ = 0;
};

}  // namespace hypergan::trainer
