// Compiled for AVX-512: 32 registers of 16 floats.
#include <cstdint>

namespace hypergan {
namespace {
constexpr int64_t kWidth = 16;
constexpr int kTileRows = 12;
}  // namespace
}  // namespace hypergan

#include "hypergan/compute/kernel_body.inc"
#include "hypergan/compute/sparse_body.inc"
#include "hypergan/compute/winograd_body.inc"

namespace hypergan {
extern const Kernel kAvx512Kernel;
const Kernel kAvx512Kernel = KernelNamed("avx512");
}  // namespace hypergan
