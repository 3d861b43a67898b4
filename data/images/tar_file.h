#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "data/limits.h"

namespace hypergan::data {

// What an archive may hold in all.
struct ArchiveLimits {
  int64_t bytes = kMaxArchiveBytes;  // unpacked, headers and padding included
  int64_t entries = kMaxArchiveEntries;  // of whatever kind
};

// A folder or a regular file in an archive.
struct TarEntry {
  std::string path;  // as train/cat/1.jpg: relative, no "." in it, no last "/"
  bool is_folder = false;
  int64_t size = 0;  // bytes
};

// A tar archive, gzipped or not (its first bytes decide), read from front to
// back without unpacking it to disk. Every error names the archive: DATA_LOSS
// for one that is damaged, that ends early or that is no tar at all;
// INVALID_ARGUMENT beyond a limit, for a path of more than kMaxArchivePathBytes
// and for one that is absolute or holds "..": nothing of such an archive is to
// be trusted; and for a sparse file, whose size is not among the bytes.
// Movable; for one thread at a time.
class TarFile {
 public:
  // The errors of InputFile::Open.
  static absl::StatusOr<TarFile> Open(const std::string& path,
                                      const ArchiveLimits& limits = {});
  TarFile(TarFile&&) noexcept;
  TarFile& operator=(TarFile&&) noexcept;
  ~TarFile();

  // The next folder or regular file; links, devices and the like are passed
  // over. False at the end, which is the end of the file, its check sum and the
  // two empty blocks that close every tar included.
  absl::StatusOr<bool> Next(TarEntry* entry);

  // What the file that Next gave last holds; to be asked once. INVALID_ARGUMENT
  // for more than `max_bytes`.
  absl::StatusOr<std::string> ReadContents(int64_t max_bytes);

 private:
  struct State;
  explicit TarFile(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace hypergan::data
