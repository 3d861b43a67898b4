#include "data/tables/csv.h"

#include "tests/fuzz/dataset_sizes.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/memory_file.h"

// The first byte chooses what the columns mean.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  static fuzz::MemoryFile file;
  const auto [choice, text] = fuzz::TakeByte(fuzz::Bytes(data, size));
  file.Write(text);
  data::CsvOptions options;
  options.target_columns = choice & 3;
  options.labels = (choice & 4) != 0;
  if (choice & 8) options.target_names = {"y"};
  if (choice & 16) options.drop_columns = {"id"};
  if (choice & 32) options.class_names = {"no", "yes"};
  if (choice & 64) options.input_names = {"b", "a"};
  const auto dataset = data::ReadCsv(file.path(), options);
  if (dataset.ok()) fuzz::ExpectSizes(*dataset);
  (void)data::OptionsLike(file.path(), options);
  return 0;
}
