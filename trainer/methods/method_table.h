#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace hypergan::trainer {

// How networks are drawn: a HyperGAN, or a baseline of
// trainer/methods/baselines/.
enum class Method {
  kHyperGan,
  kDeepEnsemble,
  kMcDropout,
  kMeanField,
  kMnf,
  kSgld,
  kApd,
  kHmc
};

// How an experiment trains a method. What is 0 stays as the experiment has it.
struct MethodRecipe {
  int64_t networks = 0;  // of a step
  double learning_rate = 0;
  double weight_decay = 0;
  double kl_warm_up = 0;
  double prior_deviation = 0;
  // Epochs, as multiples of a HyperGAN's, that take the method about as long,
  // measured: on images; from starts, where a HyperGAN's generators are narrow;
  // and from starts with repulsion, which the method has not.
  double epochs = 1, epochs_with_starts = 1, epochs_with_repulsion = 1;
  // On the curve, where a step is of twenty rows and a HyperGAN's generators
  // take nearly all of it.
  int64_t curve_epochs = 6'000;
};

// All that is said of a method outside of its own files. A new method is an
// enumerator, a row of the table, and a case of NewPosterior
// (trainer/methods/method.h).
struct MethodEntry {
  Method method = Method::kHyperGan;
  absl::string_view name;   // in flags, provenance and records
  absl::string_view title;  // in the report
  MethodRecipe recipe = {};
};

// In the order in which the report shows them.
absl::Span<const MethodEntry> Methods();
const MethodEntry& EntryOf(Method method);

absl::string_view MethodName(Method method);
// INVALID_ARGUMENT, naming those there are, for another name.
absl::StatusOr<Method> ParseMethod(absl::string_view name);

}  // namespace hypergan::trainer
