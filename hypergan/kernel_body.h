#pragma once

#include <cstdint>
#include <cstring>

#include "hypergan/kernel.h"

// The text of a kernel, for vectors of kWidth floats: included once by each
// hypergan/kernel_*.cc, which is compiled for its instructions. Everything is
// in an unnamed namespace and nothing of the standard library is called, so
// that no function compiled for one CPU can be taken for another.
//
// A tile of up to kTileRows rows by two vectors of outputs is summed in
// registers: each weight that is loaded serves all the tile's rows, and each
// input all its outputs.
namespace hypergan {
namespace {

constexpr int64_t kPanel = 2 * kWidth;
// Of the sum over inputs: a panel's block of weights stays in the L1 cache
// while all rows pass by.
constexpr int64_t kBlock = 256;
constexpr int64_t kPrefetchAhead = 1024;  // floats

typedef float Vector __attribute__((vector_size(4 * kWidth)));
typedef float UnalignedVector
    __attribute__((vector_size(4 * kWidth), aligned(4)));
typedef int32_t IntVector __attribute__((vector_size(4 * kWidth)));

inline Vector Load(const float* p) {
  return *reinterpret_cast<const UnalignedVector*>(p);
}
inline void Store(float* p, Vector v) {
  *reinterpret_cast<UnalignedVector*>(p) = v;
}

// One tile's job: `first` holds the sums' first values (biases with stride 0,
// or the sums so far).
struct Tile {
  const float* rows[kTileRows];
  int64_t segments, segment_stride, length;
  const float* weights;
  const float* first;
  int64_t first_stride;
  float* output;
  int64_t output_stride;
};

template <int kRows, int kVectors, bool kPrefetch>
void RunTile(const Tile& tile) {
  Vector sums[kRows][kVectors];
  const float* rows[kRows];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    rows[r] = tile.rows[r];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = Load(tile.first + r * tile.first_stride + v * kWidth);
    }
  }
  const float* weights = tile.weights;
  for (int64_t s = 0; s < tile.segments; ++s) {
    for (int64_t k = 0; k < tile.length; ++k) {
      Vector w[kVectors];
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) w[v] = Load(weights + v * kWidth);
      if constexpr (kPrefetch) __builtin_prefetch(weights + kPrefetchAhead);
      weights += kPanel;
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
        const float x = rows[r][k];
#pragma GCC unroll 2
        for (int v = 0; v < kVectors; ++v) sums[r][v] += x * w[v];
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) rows[r] += tile.segment_stride;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      Store(tile.output + r * tile.output_stride + v * kWidth, sums[r][v]);
    }
  }
}

template <int kVectors, bool kPrefetch, int kRows = kTileRows>
void RunTileOf(int64_t rows, const Tile& tile) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      return RunTileOf<kVectors, kPrefetch, kRows - 1>(rows, tile);
    }
  }
  RunTile<kRows, kVectors, kPrefetch>(tile);
}

// All rows with one panel's weights. `tile` holds what the tiles share: its
// `first` and `output` are the first row's.
template <int kVectors, bool kPrefetch>
void RunRows(const Product& product, const float* input, Tile tile) {
  int64_t tiles = (product.rows + kTileRows - 1) / kTileRows;
  for (int64_t begin = 0; begin < product.rows; --tiles) {
    // As even as can be: a tile of one row costs nearly as much as of four.
    const int64_t rows = (product.rows - begin + tiles - 1) / tiles;
    for (int64_t r = 0; r < rows; ++r) {
      tile.rows[r] = input + product.offsets[begin + r];
    }
    RunTileOf<kVectors, kPrefetch>(rows, tile);
    begin += rows;
    tile.first += rows * tile.first_stride;
    tile.output += rows * tile.output_stride;
  }
}

// A bfloat16 is the upper half of a float.
void Widen(const uint16_t* from, int64_t count, float* to) {
  for (int64_t i = 0; i < count; i += kPanel) {
    __builtin_prefetch(from + i + 2 * kPrefetchAhead);
    for (int64_t j = i; j < i + kPanel; ++j) {
      const uint32_t bits = static_cast<uint32_t>(from[j]) << 16;
      std::memcpy(to + j, &bits, sizeof(bits));
    }
  }
}

// All rows with one panel, a long sum over inputs in blocks. `half` holds the
// panel's weights if they are bfloat16.
template <int kVectors, bool kPrefetch>
void RunBlocks(const Product& product, const uint16_t* half, Tile tile) {
  if (half == nullptr && (tile.segments > 1 || tile.length <= kBlock)) {
    return RunRows<kVectors, kPrefetch>(product, product.input, tile);
  }
  float block[kBlock * kPanel];
  for (int64_t k = 0; k < product.length; k += kBlock) {
    const int64_t rest = product.length - k;
    tile.length = rest < kBlock ? rest : kBlock;
    Tile now = tile;
    if (half != nullptr) {
      Widen(half + k * kPanel, tile.length * kPanel, block);
      now.weights = block;
    } else {
      now.weights += k * kPanel;
    }
    RunRows<kVectors, kPrefetch>(product, product.input + k, now);
    tile.first = tile.output;
    tile.first_stride = tile.output_stride;
  }
}

// The last panel, when outputs do not fill it: its tiles write to a buffer.
void RunPartOfPanel(const Product& product, const uint16_t* half, Tile tile,
                    int64_t outputs) {
  float buffer[kTileRows * kPanel];
  float* const output = tile.output;
  tile.output = buffer;
  tile.output_stride = kPanel;
  Product some = product;
  for (int64_t begin = 0; begin < product.rows; begin += kTileRows) {
    const int64_t rest = product.rows - begin;
    some.rows = rest < kTileRows ? rest : kTileRows;
    some.offsets = product.offsets + begin;
    if (outputs <= kWidth) {
      RunBlocks<1, false>(some, half, tile);
    } else {
      RunBlocks<2, false>(some, half, tile);
    }
    for (int64_t r = 0; r < some.rows; ++r) {
      std::memcpy(output + (begin + r) * product.output_stride,
                  buffer + r * kPanel,
                  static_cast<size_t>(outputs) * sizeof(float));
    }
  }
}

void RunPanel(const Product& product, const uint16_t* half, const Tile& tile,
              int64_t outputs) {
  if (outputs < kPanel) return RunPartOfPanel(product, half, tile, outputs);
  if (product.streams_weights && half == nullptr) {
    return RunBlocks<2, true>(product, half, tile);
  }
  RunBlocks<2, false>(product, half, tile);
}

void Multiply(const Product& product) {
  const int64_t inputs = product.segments * product.length;
  float biases[kPanel];
  for (int64_t begin = 0; begin < product.outputs; begin += kPanel) {
    const int64_t rest = product.outputs - begin;
    const int64_t outputs = rest < kPanel ? rest : kPanel;
    for (int64_t o = 0; o < kPanel; ++o) {
      biases[o] = product.biases != nullptr && o < outputs
                      ? product.biases[begin + o]
                      : 0;
    }
    Tile tile = {};
    tile.segments = product.segments;
    tile.segment_stride = product.segment_stride;
    tile.length = product.length;
    tile.first = biases;
    tile.output = product.output + begin;
    tile.output_stride = product.output_stride;
    const uint16_t* half = nullptr;
    if (product.half_weights != nullptr) {
      half = product.half_weights + begin * inputs;
    } else {
      tile.weights = product.weights + begin * inputs;
    }
    RunPanel(product, half, tile, outputs);
  }
}

void Pack(const float* w, int64_t outputs, int64_t inputs, float* packed) {
  for (int64_t begin = 0; begin < outputs; begin += kPanel) {
    const int64_t rest = outputs - begin;
    const int64_t count = rest < kPanel ? rest : kPanel;
    for (int64_t k = 0; k < inputs; ++k) {
      for (int64_t o = 0; o < count; ++o) {
        packed[k * kPanel + o] = w[(begin + o) * inputs + k];
      }
      for (int64_t o = count; o < kPanel; ++o) packed[k * kPanel + o] = 0;
    }
    packed += kPanel * inputs;
  }
}

inline Vector Larger(Vector a, Vector b) {
  const Vector larger = a > b ? a : b;
  return a != a ? a : larger;
}

// exp(x) for x <= 0, to 2e-7 of 1: 2^n e^r with |r| <= ln(2) / 2, e^r by its
// Taylor series up to r^7. Below -87 the result is e^-87, which is 0 beside 1.
inline Vector Exponential(Vector x) {
  constexpr float kLowest = -87;
  x = x < kLowest ? kLowest - Vector{} : x;
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
  constexpr float kRound = 12582912;
  const Vector shifted = x * 1.44269504F + kRound;
  const Vector n = shifted - kRound;
  const Vector r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  Vector sum = r * (1.0F / 5040) + 1.0F / 720;
  sum = sum * r + 1.0F / 120;
  sum = sum * r + 1.0F / 24;
  sum = sum * r + 1.0F / 6;
  sum = sum * r + 0.5F;
  sum = sum * r + 1;
  sum = sum * r + 1;
  const IntVector bits = reinterpret_cast<IntVector>(shifted) << 23;
  // 2^n: the exponent field of 1 plus n.
  return sum * reinterpret_cast<Vector>(bits + (127 << 23));
}

inline Vector Apply(Nonlinearity nonlinearity, Vector x) {
  if (nonlinearity.exponential) return x < 0 ? Exponential(x) - 1 : x;
  if (nonlinearity.slope == 1) return x;
  // Not 0 * x: that of -infinity would be NaN.
  const Vector below =
      nonlinearity.slope == 0 ? Vector{} : x * nonlinearity.slope;
  return x < 0 ? below : x;
}

// Some pixels' channels, fewer than fill a vector.
Vector LoadSome(const float* p, int64_t count) {
  float values[kWidth] = {};
  std::memcpy(values, p, static_cast<size_t>(count) * sizeof(float));
  return Load(values);
}

void StoreSome(float* p, Vector v, int64_t count) {
  float values[kWidth];
  Store(values, v);
  std::memcpy(p, values, static_cast<size_t>(count) * sizeof(float));
}

void Activate(float* values, int64_t count, Nonlinearity nonlinearity) {
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    Store(values + i, Apply(nonlinearity, Load(values + i)));
  }
  if (i == count) return;
  const Vector rest = LoadSome(values + i, count - i);
  StoreSome(values + i, Apply(nonlinearity, rest), count - i);
}

// The largest of a pixel's window, `count` channels from `pixel` on.
inline Vector LargestOfWindow(const PoolStrip& strip, const float* pixel,
                              int64_t count) {
  const auto load = [count](const float* p) {
    return count == kWidth ? Load(p) : LoadSome(p, count);
  };
  Vector largest = load(pixel);
  for (int64_t y = 0; y < strip.pool; ++y) {
    const float* row = pixel + y * strip.input_width * strip.channels;
    for (int64_t x = y == 0 ? 1 : 0; x < strip.pool; ++x) {
      largest = Larger(largest, load(row + x * strip.channels));
    }
  }
  return largest;
}

void Pool(const PoolStrip& strip) {
  for (int64_t px = 0; px < strip.width; ++px) {
    const float* pixel = strip.input + px * strip.pool * strip.channels;
    float* output = strip.output + px * strip.channels;
    int64_t c = 0;
    for (; c + kWidth <= strip.channels; c += kWidth) {
      const Vector largest = LargestOfWindow(strip, pixel + c, kWidth);
      Store(output + c, Apply(strip.nonlinearity, largest));
    }
    const int64_t rest = strip.channels - c;
    if (rest == 0) continue;
    const Vector largest = LargestOfWindow(strip, pixel + c, rest);
    StoreSome(output + c, Apply(strip.nonlinearity, largest), rest);
  }
}

}  // namespace
}  // namespace hypergan
