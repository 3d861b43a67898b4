#include "hypergan/noise.h"

#include <ATen/core/PhiloxRNGEngine.h>
#include <ATen/ops/empty.h>

#include <bit>
#include <cmath>

// Compiled with -ffp-contract=off: a fused multiply-add would change the bits.

namespace hypergan {
namespace {

constexpr double kLn2 = 0x1.62e42fefa39efp-1;
constexpr double kPi = 0x1.921fb54442d18p+1;
constexpr double kSqrtHalf = 0x1.6a09e667f3bcdp-1;

// Natural logarithm of u in (0, 1]: u = m * 2^e with m in [sqrt(1/2), sqrt(2)),
// and ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its series up to s^21. |s|
// <= 0.1716 leaves an error below 1e-16.
double Log(double u) {
  const auto bits = std::bit_cast<uint64_t>(u);
  int64_t exponent = static_cast<int64_t>(bits >> 52) - 1022;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFu) |
                                   0x3FE0000000000000u);  // in [1/2, 1)
  if (m < kSqrtHalf) {
    m = m * 2.0;
    exponent = exponent - 1;
  }
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double sum = 1.0 / 21.0;
  for (int k = 19; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return static_cast<double>(exponent) * kLn2 + 2.0 * s * sum;
}

// sin and cos of x in [-pi/4, pi/4] by their Taylor series, up to x^17 and
// x^18.
void SinCos(double x, double* sine, double* cosine) {
  const double x2 = x * x;
  double s = 1.0;
  for (int k = 16; k >= 2; k -= 2) s = 1.0 - s * x2 / (k * (k + 1));
  double c = 1.0;
  for (int k = 17; k >= 1; k -= 2) c = 1.0 - c * x2 / (k * (k + 1));
  *sine = x * s;
  *cosine = c;
}

// Two standard normal numbers from two 32-bit words (Box and Muller, 1958). The
// angle is 2 pi (b + 1/2) / 2^32, its quadrant taken exactly from b's top bits.
void BoxMuller(uint32_t a, uint32_t b, float* out) {
  const double u = (static_cast<double>(a) + 0.5) * 0x1p-32;  // in (0, 1)
  const double radius = std::sqrt(-2.0 * Log(u));
  // Rounded to the nearest quarter turn, the rest is in [-1/8, 1/8) of a turn.
  const uint32_t quarter = (b + 0x20000000u) >> 30;
  const auto rest = static_cast<int32_t>(b - (quarter << 30));
  double sine = 0;
  double cosine = 0;
  SinCos((static_cast<double>(rest) + 0.5) * 0x1p-31 * kPi, &sine, &cosine);
  const double cosines[4] = {cosine, -sine, -cosine, sine};
  const double sines[4] = {sine, cosine, -sine, -cosine};
  out[0] = static_cast<float>(radius * cosines[quarter]);
  out[1] = static_cast<float>(radius * sines[quarter]);
}

void DrawRow(uint64_t seed, uint64_t network, int64_t size, float* row) {
  at::Philox4_32 philox(seed, network, 0);
  for (int64_t begin = 0; begin < size; begin += 4) {
    float block[4];
    for (int half = 0; half < 2; ++half) {
      const uint32_t a = philox();
      const uint32_t b = philox();
      BoxMuller(a, b, block + 2 * half);
    }
    for (int64_t i = begin; i < std::min(begin + 4, size); ++i) {
      row[i] = block[i - begin];
    }
  }
}

}  // namespace

at::Tensor DrawNoise(uint64_t seed, int64_t first, int64_t count,
                     int64_t size) {
  at::Tensor noise = at::empty({count, size}, at::kFloat);
  auto* data = noise.data_ptr<float>();
  for (int64_t n = 0; n < count; ++n) {
    DrawRow(seed, static_cast<uint64_t>(first + n), size, data + n * size);
  }
  return noise;
}

}  // namespace hypergan
