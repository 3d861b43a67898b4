#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hypergan::data {

// A regular file read from front to back, gzipped or not: its first bytes
// decide, never its name. Every error names the file. Movable; for one thread
// at a time.
class InputFile {
 public:
  // NOT_FOUND for a missing file, INVALID_ARGUMENT for anything but a regular
  // file, PERMISSION_DENIED or UNKNOWN for what the system refuses.
  static absl::StatusOr<InputFile> Open(const std::string& path);

  const std::string& path() const { return path_; }

  // Fills `out`. DATA_LOSS if the file ends before that or its compressed form
  // is damaged.
  absl::Status Read(absl::Span<uint8_t> out);

  // Fills the front of `out`: how many bytes came, 0 at the end of the file
  // alone. DATA_LOSS if its compressed form is damaged or ends early.
  absl::StatusOr<int64_t> ReadSome(absl::Span<uint8_t> out);

  // The next line without its end ("\n", "\r\n" or "\r"); false at the end of
  // the file. INVALID_ARGUMENT for a line of more than kMaxLineBytes.
  absl::StatusOr<bool> ReadLine(std::string* line);

  // To be asked before memory is reserved for `bytes`: can exactly so many
  // still come? DATA_LOSS if a plain file holds more or fewer, or a compressed
  // one too few whatever it holds; INVALID_ARGUMENT above kMaxDatasetBytes.
  absl::Status ExpectRemaining(int64_t bytes) const;

  // DATA_LOSS if anything follows.
  absl::Status ExpectEnd();

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  InputFile(std::string path, int64_t size, gzFile file);
  // What the last read failed with, told as DATA_LOSS.
  absl::Status ReadError(int64_t expected, int64_t got) const;

  std::string path_;
  int64_t size_;  // bytes on disk
  std::unique_ptr<gzFile_s, Close> file_;
};

// The whole file as it stands, not decompressed. INVALID_ARGUMENT if it holds
// more than `max_bytes`; the other errors are those of InputFile::Open.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          int64_t max_bytes);

}  // namespace hypergan::data
