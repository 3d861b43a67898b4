#include "hypergan/checkpoint/script_check.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hypergan::CheckScript(hypergan::fuzz::Bytes(data, size)).IgnoreError();
  return 0;
}
