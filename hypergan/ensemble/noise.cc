#include "hypergan/ensemble/noise.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/erfinv.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

// Compiled with -ffp-contract=off: a fused multiply-add would change the bits.
// Loops over whole arrays without branches, once for each kind of vector that
// processors have: every one gives the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HYPERGAN_VECTORISED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HYPERGAN_VECTORISED
#endif

namespace hypergan {
namespace {

constexpr double kLn2 = 0x1.62e42fefa39efp-1;
constexpr double kPi = 0x1.921fb54442d18p+1;
constexpr double kSqrtHalf = 0x1.6a09e667f3bcdp-1;

// As many of Philox's blocks at once, each of two pairs of words.
constexpr int kBlocks = 32;
constexpr int kPairs = 2 * kBlocks;

// Exact. Processors convert signed words faster.
inline double ToDouble(uint32_t word) {
  return static_cast<double>(static_cast<int32_t>(word ^ 0x80000000u)) + 0x1p31;
}

// Natural logarithm of u in (0, 1]: u = m * 2^e with m in [sqrt(1/2), sqrt(2)),
// and ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its series up to s^21. |s|
// <= 0.1716 leaves an error below 1e-16.
inline double Log(double u) {
  const auto bits = std::bit_cast<uint64_t>(u);
  const double whole = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFu) |
                                             0x3FE0000000000000u);  // [1/2, 1)
  const bool is_low = whole < kSqrtHalf;
  const double m = is_low ? whole * 2.0 : whole;
  const int32_t exponent =
      static_cast<int32_t>(bits >> 52) - (is_low ? 1023 : 1022);
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double sum = 1.0 / 21.0;
  for (int k = 19; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return static_cast<double>(exponent) * kLn2 + 2.0 * s * sum;
}

// sin and cos of x in [-pi/4, pi/4] by their Taylor series, up to x^17 and
// x^18.
inline void SinCos(double x, double* sine, double* cosine) {
  const double x2 = x * x;
  double s = 1.0;
  for (int k = 16; k >= 2; k -= 2) s = 1.0 - s * x2 / (k * (k + 1));
  double c = 1.0;
  for (int k = 17; k >= 1; k -= 2) c = 1.0 - c * x2 / (k * (k + 1));
  *sine = x * s;
  *cosine = c;
}

struct Words {
  std::array<uint32_t, kPairs> a, b;
};

// The words of blocks first .. first + kBlocks - 1: Philox4x32-10.
HYPERGAN_VECTORISED
void DrawWords(uint64_t seed, uint64_t network, uint64_t first, Words* words) {
  for (int i = 0; i < kBlocks; ++i) {
    const uint64_t block = first + static_cast<uint64_t>(i);
    auto x0 = static_cast<uint32_t>(block);
    auto x1 = static_cast<uint32_t>(block >> 32);
    auto x2 = static_cast<uint32_t>(network);
    auto x3 = static_cast<uint32_t>(network >> 32);
    auto k0 = static_cast<uint32_t>(seed);
    auto k1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      const uint64_t p = uint64_t{0xD2511F53u} * x0;
      const uint64_t q = uint64_t{0xCD9E8D57u} * x2;
      x0 = static_cast<uint32_t>(q >> 32) ^ x1 ^ k0;
      x1 = static_cast<uint32_t>(q);
      x2 = static_cast<uint32_t>(p >> 32) ^ x3 ^ k1;
      x3 = static_cast<uint32_t>(p);
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    words->a[i] = x0;
    words->b[i] = x1;
    words->a[kBlocks + i] = x2;
    words->b[kBlocks + i] = x3;
  }
}

// Two standard normal numbers from each pair of words (Box and Muller, 1958).
// The angle is 2 pi (b + 1/2) / 2^32, its quadrant taken exactly from b's top
// bits.
HYPERGAN_VECTORISED
void BoxMuller(const Words& words, std::array<float, kPairs>* one,
               std::array<float, kPairs>* other) {
  for (int i = 0; i < kPairs; ++i) {
    const double u = (ToDouble(words.a[i]) + 0.5) * 0x1p-32;  // in (0, 1)
    const double radius = std::sqrt(-2.0 * Log(u));
    // Rounded to the nearest quarter turn, the rest is in [-1/8, 1/8) of a
    // turn.
    const uint32_t quarter = (words.b[i] + 0x20000000u) >> 30;
    const auto rest = static_cast<int32_t>(words.b[i] - (quarter << 30));
    double sine = 0;
    double cosine = 0;
    SinCos((static_cast<double>(rest) + 0.5) * 0x1p-31 * kPi, &sine, &cosine);
    // Quarters 0 to 3: (c, s), (-s, c), (-c, -s), (s, -c).
    const bool is_swapped = (quarter & 1) != 0;
    const double c = is_swapped ? sine : cosine;
    const double s = is_swapped ? cosine : sine;
    const bool is_c_negative = quarter == 1 || quarter == 2;
    const bool is_s_negative = quarter >= 2;
    (*one)[i] = static_cast<float>(radius * (is_c_negative ? -c : c));
    (*other)[i] = static_cast<float>(radius * (is_s_negative ? -s : s));
  }
}

void DrawRow(uint64_t seed, uint64_t network, int64_t size, float* row) {
  constexpr int64_t kNumbers = 2 * kPairs;
  Words words;
  std::array<float, kPairs> one, other;
  for (int64_t begin = 0; begin < size; begin += kNumbers) {
    DrawWords(seed, network, static_cast<uint64_t>(begin / 4), &words);
    BoxMuller(words, &one, &other);
    // A block's four numbers: both of its first pair, both of its second.
    std::array<float, kNumbers> numbers;
    for (int i = 0; i < kBlocks; ++i) {
      numbers[4 * i] = one[i];
      numbers[4 * i + 1] = other[i];
      numbers[4 * i + 2] = one[kBlocks + i];
      numbers[4 * i + 3] = other[kBlocks + i];
    }
    std::copy_n(numbers.begin(), std::min(kNumbers, size - begin), row + begin);
  }
}

// Words of the stream that orders the members of a block of networks.
class MemberWords {
 public:
  MemberWords(uint64_t seed, uint64_t block)
      : key_(seed ^ kMemberKey), block_(block) {}

  uint32_t Next() {
    const int place = next_++ % (4 * kBlocks);
    if (place == 0) {
      DrawWords(key_, block_, static_cast<uint64_t>(next_ / 4), &words_);
    }
    const int i = place / 4 + (place % 4 < 2 ? 0 : kBlocks);
    return place % 2 == 0 ? words_.a[i] : words_.b[i];
  }

 private:
  static constexpr uint64_t kMemberKey = uint64_t{0x6d656d62} << 32;  // "memb"

  const uint64_t key_;
  const uint64_t block_;
  int next_ = 0;
  Words words_;
};

// A permutation of the members, by Fisher and Yates.
std::vector<int64_t> MemberOrder(uint64_t seed, uint64_t block,
                                 int64_t members) {
  std::vector<int64_t> order(static_cast<size_t>(members));
  std::iota(order.begin(), order.end(), 0);
  MemberWords words(seed, block);
  for (size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[uint64_t{words.Next()} * left >> 32]);
  }
  return order;
}

// Puts the middle of its member's share of the normal distribution in front of
// each row.
void NameMembers(uint64_t seed, int64_t first, int64_t members,
                 at::Tensor& noise) {
  const int64_t count = noise.size(0);
  at::Tensor shares = at::empty({count}, at::kDouble);
  auto* share = shares.data_ptr<double>();
  std::vector<int64_t> order;
  for (int64_t n = 0; n < count; ++n) {
    const int64_t place = (first + n) % members;
    if (n == 0 || place == 0) {
      const auto block = static_cast<uint64_t>((first + n) / members);
      order = MemberOrder(seed, block, members);
    }
    share[n] = (static_cast<double>(order[static_cast<size_t>(place)]) + 0.5) /
               static_cast<double>(members);
  }
  noise.select(1, 0).copy_(
      at::erfinv(shares.mul(2).sub(1)).mul(std::numbers::sqrt2));
}

}  // namespace

at::Tensor DrawNoise(uint64_t seed, int64_t first, int64_t count, int64_t size,
                     int64_t members) {
  at::Tensor noise = at::empty({count, size}, at::kFloat);
  auto* data = noise.data_ptr<float>();
  for (int64_t n = 0; n < count; ++n) {
    DrawRow(seed, static_cast<uint64_t>(first + n), size, data + n * size);
  }
  if (members > 1) NameMembers(seed, first, members, noise);
  return noise;
}

}  // namespace hypergan
