#include "tests/fuzz/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/fuzz/fuzz_input.h"

namespace hypergan::fuzz {

MemoryFile::MemoryFile()
    : file_(memfd_create("fuzz", MFD_CLOEXEC)),
      path_(absl::StrCat("/proc/self/fd/", file_.get())) {
  Expect(file_.is_open());
}

void MemoryFile::Write(absl::string_view bytes) {
  Expect(ftruncate(file_.get(), 0) == 0);
  Expect(pwrite(file_.get(), bytes.data(), bytes.size(), 0) ==
         static_cast<ssize_t>(bytes.size()));
}

}  // namespace hypergan::fuzz
