#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "hypergan/checkpoint/manifest.h"
#include "server/engine.h"

namespace hypergan::server::open_inference {

enum class Datatype { kFp32, kFp64, kBool, kInt32, kBytes };

// "FP32" and so on.
const char* DatatypeName(Datatype datatype);

// One output tensor by the name that the protocol has for it.
struct Output {
  const char* name;
  Datatype datatype;
  bool per_output;  // [B, K]; otherwise [B]
  // Has it a meaning for models of this kind?
  bool (*has_meaning)(const Manifest& manifest);
  // The raw contents of such a model's answer. A score without a meaning for so
  // few networks is a NaN; none where the type has no such value.
  std::optional<std::string> (*contents)(const Manifest& manifest,
                                         const EnsemblePrediction& prediction);
};

// The outputs that have a meaning for the model, in a fixed order.
std::vector<const Output*> OutputsOf(const Manifest& manifest);

// The dimensions of one row of an output: K, or none.
std::vector<int64_t> RowShape(const Output& output, const Manifest& manifest);

}  // namespace hypergan::server::open_inference
