#include "data/cifar.h"

#include "tests/fuzz/dataset_sizes.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/temp_folder.h"

// The class names, and the batch, of which the input has the first bytes of
// each record.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  constexpr size_t kRecordBytes = 1 + 3 * 32 * 32;
  static const TempFolder folder;
  const auto [names, heads] = fuzz::TakeTwo(fuzz::Bytes(data, size));
  const auto [odd_bytes, labels] = fuzz::TakeByte(heads);
  std::string batch;
  for (const char label : labels.substr(0, 8)) {
    batch.push_back(label);
    batch.resize(batch.size() + kRecordBytes - 1, label);
  }
  batch.resize(batch.size() + odd_bytes % 2);
  folder.Write("batches.meta.txt", names);
  folder.Write("test_batch.bin", batch);
  const auto dataset = data::ReadCifar(folder.path(), data::Split::kTest);
  if (dataset.ok()) fuzz::ExpectSizes(*dataset);
  return 0;
}
