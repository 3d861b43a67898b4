#include "server/serving/networks/weight_cache.h"

#include <iterator>
#include <utility>

namespace hypergan::server {

WeightCache::WeightCache(int64_t max_bytes, StoreMetrics& metrics)
    : max_bytes_(max_bytes), metrics_(metrics) {}

std::vector<NetworkSlice> WeightCache::Find(
    const std::shared_ptr<const Engine>& engine, uint64_t seed,
    int64_t num_networks) {
  if (max_bytes_ == 0) return {};
  const auto place = places_.find({engine, seed, num_networks});
  if (place == places_.end()) {
    metrics_.CountMiss();
    return {};
  }
  metrics_.CountHit();
  entries_.splice(entries_.begin(), entries_, place->second);
  return entries_.front().networks;
}

void WeightCache::Insert(const std::shared_ptr<const Engine>& engine,
                         uint64_t seed, std::vector<NetworkSlice> networks) {
  const int64_t bytes = BytesOf(networks);
  const int64_t count = CountOf(networks);
  const Key key{engine, seed, count};
  if (bytes > max_entry_bytes() || places_.contains(key)) return;
  while (bytes_ + bytes > max_bytes_) Erase(std::prev(entries_.end()));
  entries_.push_front({key, std::move(networks), bytes});
  places_[key] = entries_.begin();
  bytes_ += bytes;
  networks_ += count;
  metrics_.CountFilled(count);
  metrics_.SetLevel(networks_, bytes_);
}

void WeightCache::Drop(const std::shared_ptr<const Engine>& engine) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (std::get<0>(entry->key) == engine) Erase(entry);
    entry = next;
  }
  metrics_.SetLevel(networks_, bytes_);
}

void WeightCache::Erase(std::list<Entry>::iterator entry) {
  bytes_ -= entry->bytes;
  networks_ -= CountOf(entry->networks);
  places_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace hypergan::server
