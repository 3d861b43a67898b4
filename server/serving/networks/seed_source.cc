#include "server/serving/networks/seed_source.h"

namespace hypergan::server {
namespace {

std::mt19937_64 SeededGenerator() {
  std::random_device device;
  // 64 bits alone would make two servers meet after some 2^32 starts.
  std::seed_seq sequence{device(), device(), device(), device(),
                         device(), device(), device(), device()};
  return std::mt19937_64(sequence);
}

}  // namespace

SeedSource::SeedSource() : generator_(SeededGenerator()) {}

uint64_t SeedSource::Next() {
  const std::lock_guard lock(mutex_);
  return generator_() >> 11;
}

}  // namespace hypergan::server
