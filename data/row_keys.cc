#include "data/row_keys.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

namespace hypergan::data {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;

// The finisher of SplitMix64 (Steele, Lea and Flood 2014).
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64_t Absorb(uint64_t state, uint64_t word) {
  return Mix(state + kGolden + word);
}

uint64_t Absorb(uint64_t state, const double* numbers, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const double number = numbers[i] == 0 ? 0.0 : numbers[i];  // -0 is 0
    uint64_t word;
    std::memcpy(&word, &number, sizeof(word));
    state = Absorb(state, word);
  }
  return state;
}

uint64_t Absorb(uint64_t state, const uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; i += sizeof(uint64_t)) {
    uint64_t word = 0;
    for (size_t j = i; j < std::min(count, i + sizeof(word)); ++j) {
      word = word << 8 | bytes[j];
    }
    state = Absorb(state, word);
  }
  return state;
}

// Of rows as they are, equal ones alike.
std::vector<uint64_t> ContentHashes(const Dataset& dataset, uint64_t seed) {
  const auto size = static_cast<size_t>(dataset.RowSize());
  const auto targets = static_cast<size_t>(dataset.target_size);
  std::vector<uint64_t> hashes(static_cast<size_t>(dataset.rows));
  for (size_t i = 0; i < hashes.size(); ++i) {
    uint64_t hash = Mix(seed + kGolden);
    if (!dataset.pixels.empty()) {
      hash = Absorb(hash, dataset.pixels.data() + i * size, size);
    }
    if (!dataset.values.empty()) {
      hash = Absorb(hash, dataset.values.data() + i * size, size);
    }
    if (!dataset.targets.empty()) {
      hash = Absorb(hash, dataset.targets.data() + i * targets, targets);
    }
    hashes[i] = hash;
  }
  return hashes;
}

}  // namespace

std::vector<uint64_t> RowKeys(const Dataset& dataset, uint64_t seed) {
  std::vector<uint64_t> keys = ContentHashes(dataset, seed);
  std::unordered_map<uint64_t, uint64_t> seen;
  for (uint64_t& key : keys) {
    const uint64_t before = seen[key]++;
    if (before > 0) key = Absorb(key, before);
  }
  return keys;
}

double ShareWithTwin(const Dataset& dataset) {
  if (dataset.rows == 0) return 0;
  std::vector<uint64_t> hashes = ContentHashes(dataset, 0);
  std::unordered_map<uint64_t, int64_t> counts;
  for (const uint64_t hash : hashes) ++counts[hash];
  const int64_t twins =
      std::count_if(hashes.begin(), hashes.end(),
                    [&](uint64_t hash) { return counts[hash] > 1; });
  return static_cast<double>(twins) / static_cast<double>(dataset.rows);
}

int64_t CountShared(const std::vector<uint64_t>& keys,
                    const std::vector<uint64_t>& others) {
  const std::unordered_set<uint64_t> known(others.begin(), others.end());
  return std::count_if(keys.begin(), keys.end(),
                       [&](uint64_t key) { return known.count(key) > 0; });
}

bool IsMoreThanChance(int64_t shared, int64_t rows, double twins) {
  return static_cast<double>(shared) >
         static_cast<double>(rows) * (0.01 + 1.5 * twins);
}

}  // namespace hypergan::data
