#include "data/arrays/npy.h"

#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  const auto array = data::ParseNpy("array", fuzz::Bytes(data, size));
  if (!array.ok()) return 0;
  size_t numbers = 1;
  for (const int64_t length : array->shape) {
    fuzz::Expect(length >= 1);
    numbers *= static_cast<size_t>(length);
  }
  fuzz::Expect(numbers == (array->is_bytes() ? array->bytes.size()
                                             : array->values.size()));
  return 0;
}
