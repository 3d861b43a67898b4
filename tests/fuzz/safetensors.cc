#include "hypergan/checkpoint/safetensors.h"

#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  static fuzz::MemoryFile file;
  file.Write(fuzz::Bytes(data, size));
  const auto opened = SafetensorsFile::Open(file.path());
  if (!opened.ok()) return 0;
  std::vector<std::vector<float>> numbers;
  std::vector<SafetensorsContents> contents;
  for (const auto& [name, tensor] : opened->tensors()) {
    // They are in the file.
    fuzz::Expect(static_cast<size_t>(tensor.numbers) * sizeof(float) <= size);
    numbers.emplace_back(static_cast<size_t>(tensor.numbers));
    fuzz::Expect(opened->Read(tensor, absl::MakeSpan(numbers.back())).ok());
    contents.push_back({name, tensor.shape, numbers.back()});
  }
  fuzz::Expect(WriteSafetensors(opened->metadata(), contents).ok());
  return 0;
}
