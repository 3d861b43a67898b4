// Compiled for AVX2 and FMA: 16 registers of 8 floats.
#include <cstdint>

namespace hypergan {
namespace {
constexpr int64_t kWidth = 8;
constexpr int kTileRows = 6;
}  // namespace
}  // namespace hypergan

#include "hypergan/compute/kernel_body.inc"
#include "hypergan/compute/sparse_body.inc"
#include "hypergan/compute/winograd_body.inc"

namespace hypergan {
extern const Kernel kAvx2Kernel;
const Kernel kAvx2Kernel = KernelNamed("avx2");
}  // namespace hypergan
