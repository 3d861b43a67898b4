#include "server/serving/access/token_table.h"

#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hypergan::fuzz::Expect;
  using hypergan::server::TokenTable;
  const auto table = TokenTable::Parse(hypergan::fuzz::Bytes(data, size));
  if (!table.ok()) return 0;
  Expect(table->size() >= 1 && table->size() <= TokenTable::kMaxTokens);
  Expect(table->Find("") == nullptr);
  return 0;
}
