#include "tests/server/failing_allocations.h"

#include <cstdlib>
#include <limits>
#include <new>

namespace hypergan::server {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

thread_local int64_t allocations = 0;
thread_local int64_t first_failure = kNever;
thread_local int64_t end_of_failures = kNever;

}  // namespace

FailingAllocations::FailingAllocations(int64_t first, int64_t count) {
  allocations = 0;
  first_failure = first;
  end_of_failures = first + count;
}

FailingAllocations::~FailingAllocations() { first_failure = kNever; }

int64_t FailingAllocations::seen() { return allocations; }

}  // namespace hypergan::server

void* operator new(size_t size) {
  using namespace hypergan::server;
  const int64_t number = ++allocations;
  const bool fails = number >= first_failure && number < end_of_failures;
  void* const memory = fails ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
