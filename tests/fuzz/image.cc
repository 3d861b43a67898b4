#include "data/images/image.h"

#include "tests/fuzz/fuzz_input.h"

// JPEG, PNG and WebP.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  for (const int64_t channels : {0, 1, 3}) {
    const auto image = data::DecodeImage(fuzz::Bytes(data, size), channels);
    if (!image.ok()) return 0;
    fuzz::Expect(image->shape.size() == 3);
    fuzz::Expect(channels == 0 || image->shape[0] == channels);
    fuzz::Expect(static_cast<size_t>(image->shape[0] * image->shape[1] *
                                     image->shape[2]) == image->pixels.size());
  }
  return 0;
}
