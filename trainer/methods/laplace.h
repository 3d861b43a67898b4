#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "trainer/data/rows.h"

namespace hypergan::trainer {

struct LaplaceOptions {
  int64_t networks =
      10;             // of the checkpoint, 1..20; one where all are the same
  uint64_t seed = 0;  // of their noise
  // Above 0; 0: that of 10^-2, 10^-1 ... 10^4 under which the validation rows
  // are likeliest.
  double prior_precision = 0;
  std::function<absl::Status()> interrupt = {};
};

// A Laplace approximation of the last layer (MacKay 1992; Daxberger et al.,
// Laplace Redux, NeurIPS 2021) around networks of a checkpoint that describes
// its target network: all other weights stay, and the last layer's weights and
// biases W [K, d + 1] of each become normal, with the mean that they have and
// the precision
//
//   G x A  +  prior_precision * I,   A = sum over rows of h h^T,
//                                    G = mean over rows of Lambda
//
// where x is the Kronecker product, h are the inputs of the last layer and a 1,
// and Lambda is diag(p) - p p^T of a classification, and 1 / noise^2 of a
// regression, per output (Gauss-Newton). Of a regression that is exact, of a
// classification one factor more than the sum of products (Ritter et al. 2018).
// With several networks it is a mixture (Eschenhagen et al. 2021), and the
// noise's first number picks one.
//
// The manifest is the base's, without figures, calibration and temperature.
// FAILED_PRECONDITION for a checkpoint without a description, for a last layer
// of more than 4,095 inputs, 2,048 outputs or 65,535 weights, and for a
// regression whose noise is not known. INVALID_ARGUMENT for options out of
// their bounds.
absl::StatusOr<Checkpoint> LastLayerLaplace(Checkpoint& base,
                                            const Rows& training,
                                            const Rows& validation,
                                            const LaplaceOptions& options);

}  // namespace hypergan::trainer
