#include "hypergan/compute/execution_form.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hypergan {
namespace {

constexpr std::array<std::pair<ExecutionForm, absl::string_view>, 4> kForms = {
    {{ExecutionForm::kAuto, "auto"},
     {ExecutionForm::kModule, "module"},
     {ExecutionForm::kLoop, "loop"},
     {ExecutionForm::kBatched, "batched"}}};

}  // namespace

absl::StatusOr<ExecutionForm> ParseExecutionForm(absl::string_view name) {
  for (const auto& [form, candidate] : kForms) {
    if (candidate == name) return form;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "execution form: expected auto, module, loop or batched, got '", name,
      "'"));
}

absl::string_view ExecutionFormName(ExecutionForm form) {
  for (const auto& [candidate, name] : kForms) {
    if (candidate == form) return name;
  }
  return "";
}

ExecutionForm ChooseForm(const PossibleForms& possible, int64_t networks) {
  if (possible.on_cpu) {
    if (possible.loop) return ExecutionForm::kLoop;
    return ExecutionForm::kModule;
  }
  if (possible.batched && networks > 1) return ExecutionForm::kBatched;
  return ExecutionForm::kModule;
}

PieceBounds BoundsFor(bool on_cpu) {
  if (on_cpu) return {};
  return {.sampled_networks = 1024,
          .networks = 1024,
          .rows = 1024,
          .activation_bytes = int64_t{1} << 30};
}

}  // namespace hypergan
