#include "data/arrays/npz_file.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  static fuzz::MemoryFile file;
  file.Write(fuzz::Bytes(data, size));
  const auto archive = data::NpzFile::Open(file.path());
  if (!archive.ok()) return 0;
  for (const std::string& name : archive->names()) {
    fuzz::Expect(archive->Has(name));
    (void)archive->Read(name);
  }
  return 0;
}
