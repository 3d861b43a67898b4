#include "data/images/tar_file.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan;
  constexpr int64_t kMostBytes = int64_t{1} << 16;
  static fuzz::MemoryFile file;
  file.Write(fuzz::Bytes(data, size));
  auto archive =
      data::TarFile::Open(file.path(), {.bytes = 1 << 20, .entries = 64});
  if (!archive.ok()) return 0;
  data::TarEntry entry;
  for (int entries = 0;; ++entries) {
    const auto more = archive->Next(&entry);
    if (!more.ok() || !*more) return 0;
    fuzz::Expect(entries < 64);
    // "./" is the folder that was packed.
    fuzz::Expect(entry.is_folder || !entry.path.empty());
    fuzz::Expect(!entry.path.starts_with("/"));
    fuzz::Expect(!entry.path.starts_with("../") &&
                 entry.path.find("/../") == std::string::npos);
    if (entry.is_folder) continue;
    const auto contents = archive->ReadContents(kMostBytes);
    if (!contents.ok()) return 0;
    fuzz::Expect(contents->size() <= size_t{kMostBytes});
  }
}
