#include "hypergan/checkpoint/archive.h"

#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static hypergan::fuzz::MemoryFile file;
  file.Write(hypergan::fuzz::Bytes(data, size));
  hypergan::VerifyArchive(file.path()).IgnoreError();
  return 0;
}
