#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// How the forward pass of many networks is executed.
enum class ExecutionForm {
  kAuto,     // whichever was measured to be the fastest
  kModule,   // the checkpoint's own `predict`
  kLoop,     // NetworkLoop: network by network, in kernels of ours; CPU
  kBatched,  // NetworkBatch: all networks in each of LibTorch's operators
};

// "auto", "module", "loop" or "batched", and back. INVALID_ARGUMENT for
// another name.
absl::StatusOr<ExecutionForm> ParseExecutionForm(absl::string_view name);
absl::string_view ExecutionFormName(ExecutionForm form);

// The forms that a checkpoint can be executed in on its device; its own
// `predict` always is one.
struct PossibleForms {
  bool on_cpu = true;
  bool loop = false;
  bool batched = false;
};

// The one place where `auto` is decided, for a piece of work of so many
// networks.
ExecutionForm ChooseForm(const PossibleForms& possible, int64_t networks);

// Bounds of one piece of work on a worker: its weight sets and the activations
// of its rows are in memory at once, and an interrupt waits for it.
struct PieceBounds {
  int64_t sampled_networks = 64;  // by one call of `generate`
  int64_t networks = 16;          // asked between two interrupts ...
  int64_t rows = 64;              // ... about as many rows
  int64_t activation_bytes = int64_t{64} << 20;  // of one layer, if batched
};

// Small pieces stay in a CPU's caches; a GPU wants all work at once.
PieceBounds BoundsFor(bool on_cpu);

}  // namespace hypergan
