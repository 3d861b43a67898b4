#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// How an experiment's networks are to be trained.
struct RecipeChoice {
  std::string data_root;  // the folder that holds mnist/, notmnist/, ...
  std::string output;     // gets RECIPE/METHOD-VARIANT/SEED/
  Method method = Method::kHyperGan;
  std::string variant = "paper";
  uint64_t seed = 1;
  bool is_short = false;  // a form that takes seconds, to see that it runs
  std::string device = "auto";
  int threads = 0;
};

// The training run called `recipe` (mnist, mnist-5000, cifar-5, cifar-10,
// cifar-10-large, fashion-mnist, mnist-6, cifar-6, regression-1d, diversity).
// Variants, where a method has them:
//
//   paper                  the paper's objective and data
//   steady                 networks that start near one another, and
//                          standardised codes (HyperGAN)
//   improved               what keeps networks apart and accurate: rows of its
//                          own for each network of a step, and another
//                          augmentation and budget (all methods); steady, on
//                          digits and curves repulsion on synthetic outliers,
//                          ten starts, and on CIFAR-10 entropy (HyperGAN)
//   without-discriminator  beta 0 (HyperGAN)
//   without-mixer          noise as codes (HyperGAN)
//   improved-PART          controls on images, which show what one part of
//                          "improved" is worth: without-discriminator,
//                          without-mixer, without-outliers (no repulsion),
//                          narrow (generators of 16 units), forked (one start
//                          in the first tenth) and forked-apart (then five
//                          times as far from one another) of a HyperGAN;
//                          with-outliers (repulsion) of all others; of-2, of-5
//                          and of-15 (starts of a HyperGAN, members of a deep
//                          ensemble, with as many passes in all); rate-5 and
//                          rate-10 (per cent) of MC Dropout
//
// The rows set aside are the same for every method, variant and seed. NOT_FOUND
// for another recipe; INVALID_ARGUMENT for a variant that the method lacks, and
// for a seed outside 1..1,000,000.
absl::StatusOr<TrainingOptions> RecipeOptions(const std::string& recipe,
                                              const RecipeChoice& choice);

}  // namespace hypergan::trainer
