#include "hypergan/checkpoint/pickle_check.h"
#include "tests/fuzz/fuzz_input.h"

// Beside records of 720 and 480 bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hypergan::PickleRecords records;
  records.size = [](absl::string_view key) -> std::optional<int64_t> {
    if (key == "0") return 720;
    if (key == "1") return 480;
    return std::nullopt;
  };
  records.budget = 4096;
  hypergan::CheckPickle(hypergan::fuzz::Bytes(data, size), records)
      .IgnoreError();
  hypergan::fuzz::Expect(records.budget >= 0);
  return 0;
}
