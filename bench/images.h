#pragma once

#include <torch/script.h>

#include <cstdio>
#include <cstdlib>

#include "data/open.h"
#include "trainer/data/rows.h"

namespace hypergan::bench {

// The digits of examples/mnist. Benchmarks take images, never random numbers:
// how long max-pooling takes depends on the data.
inline const trainer::Rows& Digits() {
  static const trainer::Rows digits = [] {
    const auto dataset =
        data::Open(HYPERGAN_SOURCE_DIR "/examples/mnist", data::Split::kTest);
    if (!dataset.ok()) {
      std::fprintf(stderr, "%s\n", dataset.status().ToString().c_str());
      std::exit(1);
    }
    return trainer::ToRows(*dataset, Task::kClassification).value();
  }();
  return digits;
}

}  // namespace hypergan::bench
