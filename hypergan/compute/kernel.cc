#include "hypergan/compute/kernel.h"

namespace hypergan {

#if defined(__x86_64__)
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512Kernel;
#endif

const std::vector<const Kernel*>& Kernels() {
  static const std::vector<const Kernel*> kernels = [] {
    std::vector<const Kernel*> found;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) found.push_back(&kAvx512Kernel);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      found.push_back(&kAvx2Kernel);
    }
#endif
    return found;
  }();
  return kernels;
}

}  // namespace hypergan
