#pragma once

#include <cstdint>

namespace hypergan {

// Networks first .. first + count - 1 of those that `seed` stands for.
struct NetworkRange {
  uint64_t seed = 0;
  int64_t first = 0;
  int64_t count = 0;
};

}  // namespace hypergan
