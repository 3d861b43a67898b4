#pragma once

#include <cstdint>

#include "hypergan/target/target_network.h"

namespace hypergan::trainer {

// One output of so many inputs: a weight each and a bias, no activation.
inline TargetNetwork LineTarget(int64_t inputs = 1) {
  TargetNetwork target;
  target.name = "line";
  target.input_shape = {inputs};
  target.layers = {{.kind = LayerKind::kLinear, .outputs = 1}};
  return target;
}

}  // namespace hypergan::trainer
