#include "hypergan/ensemble/noise.h"

#include <ATen/ATen.h>
#include <ATen/core/PhiloxRNGEngine.h>

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
