#include "server/serving/networks/seed_source.h"

#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

TEST(SeedSourceTest, GivesEveryThreadSeedsOfItsOwn) {
  SeedSource source;
  std::vector<std::vector<uint64_t>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& seeds : drawn) {
    threads.emplace_back([&source, &seeds] {
      for (int i = 0; i < 1000; ++i) seeds.push_back(source.Next());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<uint64_t> all;
  for (const auto& seeds : drawn) all.insert(seeds.begin(), seeds.end());
  EXPECT_EQ(all.size(), 4000u);
}

TEST(SeedSourceTest, UsesAllBitsThatAFloat64Keeps) {
  SeedSource source;
  uint64_t seen = 0;
  for (int i = 0; i < 200; ++i) seen |= source.Next();
  EXPECT_EQ(seen, (uint64_t{1} << 53) - 1);
}

TEST(SeedSourceTest, StartsDifferentlyEachTime) {
  EXPECT_NE(SeedSource().Next(), SeedSource().Next());
}

}  // namespace
}  // namespace hypergan::server
