#pragma once

#include <cstdint>
#include <mutex>
#include <random>

namespace hypergan::server {

// Seeds for requests that name none: all 64 bits of a generator that the
// operating system's randomness started. Not for secrets. Thread-safe.
class SeedSource {
 public:
  SeedSource();
  uint64_t Next();

 private:
  std::mutex mutex_;
  std::mt19937_64 generator_;
};

}  // namespace hypergan::server
