#pragma once

#include <cstdint>

namespace hypergan::server {

// While it lives, operator new throws std::bad_alloc in this thread: at the
// allocation of that number, from 1, and at some after it. Link it into tests
// that are for this alone.
class FailingAllocations {
 public:
  explicit FailingAllocations(int64_t first, int64_t count = 1);
  ~FailingAllocations();
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;

  // Allocations in this thread since the first one was made.
  static int64_t seen();
};

}  // namespace hypergan::server
