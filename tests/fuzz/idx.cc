#include "data/idx.h"

#include "tests/fuzz/dataset_sizes.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/memory_file.h"

// Images and their labels.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  static fuzz::MemoryFile images, labels;
  const auto [first, second] = fuzz::TakeTwo(fuzz::Bytes(data, size));
  images.Write(first);
  labels.Write(second);
  for (const std::string& labels_path : {labels.path(), std::string()}) {
    const auto dataset = data::ReadIdx(images.path(), labels_path);
    if (dataset.ok()) fuzz::ExpectSizes(*dataset);
  }
  (void)data::ReadIdxLabels(labels.path());
  return 0;
}
