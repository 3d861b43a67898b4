#pragma once

#include <cstdint>
#include <mutex>
#include <random>

namespace hypergan::server {

// Seeds for requests that name none: 53 bits of a generator that the operating
// system's randomness started, as many as a float64 keeps, for so jq and
// JavaScript read the numbers of JSON. Not for secrets. Thread-safe.
class SeedSource {
 public:
  SeedSource();
  uint64_t Next();

 private:
  std::mutex mutex_;
  std::mt19937_64 generator_;
};

}  // namespace hypergan::server
