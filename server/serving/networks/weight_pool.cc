#include "server/serving/networks/weight_pool.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/status_macros.h"

namespace hypergan::server {
namespace {

// Networks that are drawn, and later chosen, together.
constexpr int64_t kBlock = 16;

int64_t BytesOfBlocks(const std::deque<NetworkSlice>& blocks) {
  return BytesOf({blocks.begin(), blocks.end()});
}

}  // namespace

WeightPool::WeightPool(const SamplingOptions& options, const Limits& limits,
                       SeedSource& seeds, StoreMetrics& metrics)
    : max_networks_(options.pool_networks),
      max_bytes_(options.reservoir_bytes),
      max_block_bytes_(limits.max_piece_bytes),
      refresh_(options.pool_refresh),
      seeds_(seeds),
      metrics_(metrics),
      choice_(seeds.Next()) {}

std::vector<NetworkSlice> WeightPool::Take(
    const std::shared_ptr<const Engine>& engine, int64_t num_networks,
    absl::Time now) {
  resting_ = false;
  const Pool& pool = Remember(engine, now);
  const bool filling = pool.networks < pool.capacity / 2;
  if (filling || num_networks > pool.networks || now >= pool.next_renewal) {
    metrics_.CountMiss();
    return {};
  }
  metrics_.CountHit();
  return Choose(pool, num_networks);
}

void WeightPool::Put(const std::shared_ptr<const Engine>& engine,
                     const std::vector<NetworkSlice>& networks,
                     absl::Time now) {
  Pool& pool = Remember(engine, now);
  for (const NetworkSlice& block : networks) PutInto(pool, block, now);
  TellLevel();
}

absl::StatusOr<bool> WeightPool::Refill(absl::Time now,
                                        const Interrupt& interrupt) {
  if (resting_) return false;
  for (Pool& pool : pools_) {
    if (now < DueAt(pool) || now - pool.asked > kRecent) continue;
    const int64_t missing = pool.capacity - pool.networks;
    const int64_t count =
        std::min({kBlock, missing > 0 ? missing : pool.capacity,
                  MostInBytes(*pool.engine, max_block_bytes_)});
    const NetworkRange range{seeds_.Next(), 0, count};
    const auto sets = pool.engine->Draw({&range, 1}, interrupt);
    resting_ = !sets.ok();
    if (!sets.ok()) return sets.status();
    if (sets->size() != 1 || sets->front()->count() != count) {
      resting_ = true;
      return absl::InternalError("the engine drew another number of networks");
    }
    PutInto(pool, {sets->front(), 0, count}, now);
    TellLevel();
    return true;
  }
  return false;
}

absl::Time WeightPool::NextRefill(absl::Time now) const {
  absl::Time next = absl::InfiniteFuture();
  if (resting_) return next;
  for (const Pool& pool : pools_) {
    const absl::Time due = std::max(DueAt(pool), now);
    if (due <= pool.asked + kRecent) next = std::min(next, due);
  }
  return next;
}

int64_t WeightPool::networks() const {
  int64_t networks = 0;
  for (const Pool& pool : pools_) networks += pool.networks;
  return networks;
}

int64_t WeightPool::bytes() const {
  int64_t bytes = 0;
  for (const Pool& pool : pools_) bytes += BytesOfBlocks(pool.blocks);
  return bytes;
}

int64_t WeightPool::MostOf(const Engine& engine) const {
  return std::min(max_networks_, max_bytes_ / engine.network_bytes());
}

WeightPool::Pool& WeightPool::Remember(
    const std::shared_ptr<const Engine>& engine, absl::Time now) {
  const auto pool =
      std::find_if(pools_.begin(), pools_.end(),
                   [&](const Pool& each) { return each.engine == engine; });
  if (pool == pools_.end()) {
    pools_.push_front({engine, {}, 0, MostOf(*engine), now + refresh_, now});
  } else if (pool != pools_.begin()) {
    pools_.splice(pools_.begin(), pools_, pool);
    pool->capacity = MostOf(*engine);  // now the others make room for it
  }
  pools_.front().asked = now;
  return pools_.front();
}

absl::Time WeightPool::DueAt(const Pool& pool) {
  if (pool.capacity == 0) return absl::InfiniteFuture();
  return pool.networks < pool.capacity ? absl::InfinitePast()
                                       : pool.next_renewal;
}

std::vector<NetworkSlice> WeightPool::Choose(const Pool& pool, int64_t count) {
  std::vector<size_t> order(pool.blocks.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::shuffle(order.begin(), order.end(), choice_);
  std::vector<NetworkSlice> chosen;
  for (const size_t index : order) {
    if (count == 0) break;
    const NetworkSlice& block = pool.blocks[index];
    const int64_t part = std::min(count, block.count);
    // A run from anywhere in the block, around its end.
    std::uniform_int_distribution<int64_t> anywhere(0, block.count - 1);
    const int64_t start = part == block.count ? 0 : anywhere(choice_);
    const int64_t before_end = std::min(part, block.count - start);
    chosen.push_back({block.sets, block.first + start, before_end});
    if (before_end < part) {
      chosen.push_back({block.sets, block.first, part - before_end});
    }
    count -= part;
  }
  return chosen;
}

void WeightPool::PutInto(Pool& pool, NetworkSlice block, absl::Time now) {
  // A block larger than the pool would never find its place.
  block.count = std::min(block.count, pool.capacity);
  if (block.count == 0) return;
  const bool renews = pool.networks + block.count > pool.capacity;
  pool.networks += block.count;
  pool.blocks.push_back(std::move(block));
  metrics_.CountFilled(pool.blocks.back().count);
  if (renews) {
    pool.next_renewal = std::max(pool.next_renewal, now) +
                        refresh_ * pool.blocks.back().count / max_networks_;
  }
  while (pool.networks > pool.capacity) DropOldest(pool);
  while (bytes() > max_bytes_) {
    if (pools_.size() > 1 && &pools_.back() != &pool) {
      DropLeastAskedFor();
      continue;
    }
    DropOldest(pool);
    pool.capacity = pool.networks;
    if (pool.blocks.empty()) return;
  }
}

void WeightPool::DropOldest(Pool& pool) {
  pool.networks -= pool.blocks.front().count;
  pool.blocks.pop_front();
}

void WeightPool::Drop(const std::shared_ptr<const Engine>& engine) {
  std::erase_if(pools_,
                [&engine](const Pool& pool) { return pool.engine == engine; });
  for (Pool& pool : pools_) pool.capacity = MostOf(*pool.engine);
  TellLevel();
}

void WeightPool::DropLeastAskedFor() {
  pools_.pop_back();
  for (Pool& pool : pools_) pool.capacity = MostOf(*pool.engine);
}

void WeightPool::TellLevel() const { metrics_.SetLevel(networks(), bytes()); }

}  // namespace hypergan::server
