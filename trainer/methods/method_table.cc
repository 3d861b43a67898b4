#include "trainer/methods/method_table.h"

#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hypergan::trainer {
namespace {

// In the order of the enumeration.
constexpr std::array<MethodEntry, 8> kMethods = {{
    {.method = Method::kHyperGan, .name = "hypergan", .title = "HyperGAN"},
    {.method = Method::kDeepEnsemble,
     .name = "deep-ensemble",
     .title = "Deep ensemble",
     .recipe = {.learning_rate = 1e-3,
                .weight_decay = 1e-4,
                .epochs = 1.4,
                .epochs_with_starts = 1.2,
                .epochs_with_repulsion = 1.5,
                .curve_epochs = 120'000}},
    {.method = Method::kMcDropout,
     .name = "mc-dropout",
     .title = "MC Dropout",
     .recipe = {.networks = 2,
                .learning_rate = 1e-3,
                .weight_decay = 1e-4,
                .epochs = 6,
                .epochs_with_starts = 6,
                .epochs_with_repulsion = 6,
                .curve_epochs = 240'000}},
    {.method = Method::kMeanField,
     .name = "mean-field",
     .title = "Mean field",
     .recipe = {.networks = 2,
                .learning_rate = 1e-3,
                .epochs = 6,
                .epochs_with_starts = 6,
                .epochs_with_repulsion = 6,
                .curve_epochs = 240'000}},
    {.method = Method::kMnf,
     .name = "mnf",
     .title = "Multiplicative normalizing flows",
     .recipe = {.networks = 2,
                .learning_rate = 1e-3,
                .kl_warm_up = 0.1,
                .epochs = 3,
                .epochs_with_starts = 3,
                .epochs_with_repulsion = 3,
                .curve_epochs = 60'000}},
    {.method = Method::kSgld,
     .name = "sgld",
     .title = "SGLD",
     .recipe = {.learning_rate = 0.05,
                .weight_decay = 1e-3,
                .epochs = 1.4,
                .epochs_with_starts = 1.2,
                .epochs_with_repulsion = 1.5,
                .curve_epochs = 120'000}},
    {.method = Method::kApd,
     .name = "apd",
     .title = "Adversarial posterior distillation",
     .recipe = {.learning_rate = 0.05,
                .weight_decay = 1e-3,
                .epochs = 1.4,
                .epochs_with_starts = 1.2,
                .epochs_with_repulsion = 1.5,
                .curve_epochs = 60'000}},
    {.method = Method::kHmc,
     .name = "hmc",
     .title = "Hamiltonian Monte Carlo",
     // Of 1, 3 and 6 the likeliest for the curve's rows.
     .recipe = {.prior_deviation = 3,
                .epochs = 1.4,
                .epochs_with_starts = 1.2,
                .epochs_with_repulsion = 1.5,
                .curve_epochs = 120'000}},
}};

constexpr bool MethodsAreInOrder() {
  for (size_t i = 0; i < kMethods.size(); ++i) {
    if (kMethods[i].method != static_cast<Method>(i)) return false;
  }
  return true;
}
static_assert(MethodsAreInOrder());

}  // namespace

absl::Span<const MethodEntry> Methods() { return kMethods; }

const MethodEntry& EntryOf(Method method) {
  return kMethods[static_cast<size_t>(method)];
}

absl::string_view MethodName(Method method) { return EntryOf(method).name; }

absl::StatusOr<Method> ParseMethod(absl::string_view name) {
  for (const MethodEntry& entry : kMethods) {
    if (entry.name == name) return entry.method;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--method: expected one of ",
      absl::StrJoin(kMethods, ", ",
                    [](std::string* out, const MethodEntry& entry) {
                      absl::StrAppend(out, entry.name);
                    }),
      ", got '", name, "'"));
}

}  // namespace hypergan::trainer
