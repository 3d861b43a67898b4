#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "server/engine.h"
#include "server/serving/metrics/store_metrics.h"
#include "server/serving/networks/networks.h"

namespace hypergan::server {

// The weight sets of seeds that requests named lately: what has not been asked
// for the longest makes room. Bounded in bytes. For one thread.
class WeightCache {
 public:
  // 0 bytes: keeps nothing, counts nothing.
  WeightCache(int64_t max_bytes, StoreMetrics& metrics);

  // The first `num_networks` of `seed`; empty if they are not there.
  std::vector<NetworkSlice> Find(const std::shared_ptr<const Engine>& engine,
                                 uint64_t seed, int64_t num_networks);

  // Keeps them, unless they are more than `max_entry_bytes`.
  void Insert(const std::shared_ptr<const Engine>& engine, uint64_t seed,
              std::vector<NetworkSlice> networks);

  // Keeps nothing of that engine any more.
  void Drop(const std::shared_ptr<const Engine>& engine);

  // One request must not empty it: half of the whole.
  int64_t max_entry_bytes() const { return max_bytes_ / 2; }
  int64_t bytes() const { return bytes_; }

 private:
  using Key = std::tuple<std::shared_ptr<const Engine>, uint64_t, int64_t>;
  struct Entry {
    Key key;
    std::vector<NetworkSlice> networks;
    int64_t bytes = 0;
  };

  void Erase(std::list<Entry>::iterator entry);

  const int64_t max_bytes_;
  StoreMetrics& metrics_;
  std::list<Entry> entries_;  // the latest asked for first
  std::map<Key, std::list<Entry>::iterator> places_;
  int64_t bytes_ = 0;
  int64_t networks_ = 0;
};

}  // namespace hypergan::server
