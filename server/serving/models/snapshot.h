#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/owned_fd.h"
#include "server/engine.h"

namespace hypergan::server {

// What tells a file, and the digest beside it, from those that are there later:
// place, size and times as text. Empty for a file that is not there.
std::string FileMark(const std::string& path);

// A copy of a checkpoint in memory that nobody can change, so that the bytes
// whose digest was compared, those that were tried, and those that are served
// are the same, whoever writes to the file meanwhile. It knows its digest.
class Snapshot {
 public:
  static constexpr int64_t kMaxBytes = int64_t{4} << 30;

  // Copies the file at `path`; `interrupt` is asked between pieces. Where there
  // is a digest beside it (base/digest.h), the copy has it. Errors name the
  // path.
  //   NOT_FOUND            no such file
  //   FAILED_PRECONDITION  it cannot be read
  //   INVALID_ARGUMENT     not a regular file, or more than kMaxBytes; a digest
  //                        file with anything else in it
  //   DATA_LOSS            the digest is another's
  //   UNAVAILABLE          the file keeps changing: try again later
  static absl::StatusOr<Snapshot> Of(const std::string& path,
                                     const Interrupt& interrupt);

  int fd() const { return file_.get(); }
  // Opens the copy, in this process.
  std::string path() const;
  int64_t bytes() const { return bytes_; }
  // SHA-256 of the bytes, in hex.
  const std::string& digest() const { return digest_; }

 private:
  Snapshot(OwnedFd file, int64_t bytes, std::string digest)
      : file_(std::move(file)), bytes_(bytes), digest_(std::move(digest)) {}

  static absl::StatusOr<Snapshot> Copy(const std::string& path,
                                       const Interrupt& interrupt);
  absl::Status CheckDigest(const std::string& path) const;

  OwnedFd file_;
  int64_t bytes_ = 0;
  std::string digest_;
};

}  // namespace hypergan::server
