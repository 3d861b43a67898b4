#include "hypergan/checkpoint/manifest.h"

#include "tests/fuzz/fuzz_input.h"

// What is read and written is read again, and is then the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  const auto manifest = ParseManifest(fuzz::Bytes(data, size));
  if (!manifest.ok()) return 0;
  const std::string json = ManifestToJson(*manifest);
  const auto again = ParseManifest(json);
  fuzz::Expect(again.ok());
  fuzz::Expect(ManifestToJson(*again) == json);
  return 0;
}
