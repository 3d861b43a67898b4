#include "hypergan/ensemble/noise.h"

#include <ATen/ATen.h>
#include <ATen/core/PhiloxRNGEngine.h>

#include <array>
#include <bit>
#include <cmath>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(NoiseTest, IsMadeFromPhiloxsPublishedWords) {
  // Known answers of Salmon et al.'s Random123: key 0, counter 0, and pi's
  // digits.
  at::Philox4_32 zeros(0, 0, 0);
  EXPECT_EQ(zeros(), 0x6627e8d5u);
  EXPECT_EQ(zeros(), 0xe169c58du);
  EXPECT_EQ(zeros(), 0xbc57ac4cu);
  EXPECT_EQ(zeros(), 0x9b00dbd8u);
  at::Philox4_32 pi(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88);
  EXPECT_EQ(pi(), 0xd16cfe09u);
}

TEST(NoiseTest, MatchesTheDefinitionInLongDouble) {
  constexpr int kPairs = 500;  // of all quarters of the turn
  constexpr uint64_t kSeed = 0x123456789abcdef;
  const at::Tensor noise = DrawNoise(kSeed, 7, 1, 2 * kPairs);
  at::Philox4_32 philox(kSeed, 7, 0);
  for (int pair = 0; pair < kPairs; ++pair) {
    const long double u = (philox() + 0.5L) / 4294967296.0L;
    const long double angle =
        2 * std::acos(-1.0L) * ((philox() + 0.5L) / 4294967296.0L);
    const long double radius = std::sqrt(-2 * std::log(u));
    EXPECT_EQ(noise[0][2 * pair].item<float>(),
              static_cast<float>(radius * std::cos(angle)));
    EXPECT_EQ(noise[0][2 * pair + 1].item<float>(),
              static_cast<float>(radius * std::sin(angle)));
  }
}

TEST(NoiseTest, KeepsItsBitsForever) {
  // A changed bit changes what a seed means to every user of the service.
  const at::Tensor noise = DrawNoise(1, 0, 2, 3);
  const auto bits = [&](int64_t n, int64_t i) {
    return std::bit_cast<uint32_t>(noise[n][i].item<float>());
  };
  EXPECT_EQ(bits(0, 0), 0x3ec2c3e3u);
  EXPECT_EQ(bits(0, 1), 0xbe97b1bcu);
  EXPECT_EQ(bits(1, 2), 0xbfc7a949u);
}

TEST(NoiseTest, DependsOnSeedAndNetworkAlone) {
  const at::Tensor all = DrawNoise(5, 0, 100, 256);
  EXPECT_TRUE(at::equal(all.narrow(0, 40, 10), DrawNoise(5, 40, 10, 256)));
  // A shorter noise vector is the beginning of a longer one.
  EXPECT_TRUE(at::equal(all.narrow(1, 0, 101), DrawNoise(5, 0, 100, 101)));
  EXPECT_FALSE(at::equal(all, DrawNoise(6, 0, 100, 256)));
  EXPECT_FALSE(at::equal(all[0], all[1]));
}

// The members of networks 0 .. 11 of four, by docs/noise.md with LibTorch's
// generator.
TEST(NoiseTest, OrdersMembersByFisherAndYates) {
  constexpr int64_t kMembers = 4;
  const uint64_t seed = 0x0123456789abcdef;
  const at::Tensor noise = DrawNoise(seed, 0, 12, 3, kMembers);
  for (uint64_t block = 0; block < 3; ++block) {
    at::Philox4_32 philox(seed ^ (uint64_t{0x6d656d62} << 32), block, 0);
    std::array<int64_t, kMembers> order = {0, 1, 2, 3};
    for (uint64_t left = kMembers; left > 1; --left) {
      std::swap(order[left - 1], order[uint64_t{philox()} * left >> 32]);
    }
    for (uint64_t place = 0; place < kMembers; ++place) {
      const double share =
          0.5 * std::erfc(-noise[static_cast<int64_t>(block * 4 + place)][0]
                               .item<double>() /
                          std::sqrt(2));
      EXPECT_NEAR(share, (static_cast<double>(order[place]) + 0.5) / kMembers,
                  1e-6)
          << block << " " << place;
    }
  }
}

TEST(NoiseTest, HasEachMemberOnceInABlockOfSoManyNetworks) {
  constexpr int64_t kMembers = 200;  // their words fill more than one batch
  const at::Tensor first = DrawNoise(5, 0, 2 * kMembers, 1, kMembers).flatten();
  const at::Tensor one = std::get<0>(first.slice(0, 0, kMembers).sort());
  const at::Tensor other = std::get<0>(first.slice(0, kMembers).sort());
  EXPECT_TRUE(at::equal(one, other));
  EXPECT_GT((one.slice(0, 1) - one.slice(0, 0, -1)).min().item<float>(), 0);
  EXPECT_FALSE(
      at::equal(first.slice(0, 0, kMembers), first.slice(0, kMembers)));
}

TEST(NoiseTest, PicksEachMemberAsOftenAtEachPlace) {
  constexpr int64_t kSeeds = 4'000;
  int64_t counts[3] = {};
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const float number = DrawNoise(seed, 1, 1, 1, 3).item<float>();
    ++counts[number < -0.4f ? 0 : number < 0.4f ? 1 : 2];
  }
  for (const int64_t count : counts) {
    EXPECT_NEAR(static_cast<double>(count) / kSeeds, 1.0 / 3, 0.03);
  }
}

TEST(NoiseTest, MembersChangeTheFirstNumberAlone) {
  const at::Tensor plain = DrawNoise(7, 90, 30, 6);
  const at::Tensor named = DrawNoise(7, 90, 30, 6, 10);
  EXPECT_TRUE(at::equal(plain.slice(1, 1), named.slice(1, 1)));
  // A network's own, whoever is drawn with it.
  for (int64_t n = 0; n < 30; ++n) {
    EXPECT_TRUE(at::equal(named[n], DrawNoise(7, 90 + n, 1, 6, 10)[0])) << n;
  }
}

TEST(NoiseTest, IsStandardNormal) {
  const at::Tensor noise = DrawNoise(3, 0, 4000, 256).to(at::kDouble);
  const double count = static_cast<double>(noise.numel());
  // Five standard errors of each moment's estimate.
  EXPECT_NEAR(noise.mean().item<double>(), 0, 5 / std::sqrt(count));
  EXPECT_NEAR(noise.square().mean().item<double>(), 1,
              5 * std::sqrt(2 / count));
  EXPECT_NEAR(noise.pow(4).mean().item<double>(), 3, 5 * std::sqrt(96 / count));
  // Neighbours of a pair, and of neighbouring networks, are independent.
  const at::Tensor even = noise.slice(1, 0, at::nullopt, 2);
  const at::Tensor odd = noise.slice(1, 1, at::nullopt, 2);
  EXPECT_NEAR((even * odd).mean().item<double>(), 0, 5 / std::sqrt(count / 2));
  EXPECT_NEAR((noise.narrow(0, 0, 3999) * noise.narrow(0, 1, 3999))
                  .mean()
                  .item<double>(),
              0, 5 / std::sqrt(count));
  // The tails are there: P(|x| > 4) is 6.3e-5.
  EXPECT_NEAR((noise.abs() > 4).to(at::kDouble).mean().item<double>(), 6.3e-5,
              5 * std::sqrt(6.3e-5 / count));
}

}  // namespace
}  // namespace hypergan
