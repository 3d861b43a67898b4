#include "server/serving/models/snapshot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/digest.h"
#include "base/named_error.h"
#include "base/regular_file.h"
#include "base/status_macros.h"

namespace hypergan::server {
namespace {

constexpr size_t kPieceBytes = size_t{4} << 20;
constexpr size_t kMaxDigestBytes = 4096;
constexpr int kAttempts = 3;

std::string MarkOf(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return "";
  return absl::StrCat(status.st_dev, ":", status.st_ino, ":", status.st_size,
                      ":", status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec,
                      ":", status.st_ctim.tv_sec, ".", status.st_ctim.tv_nsec);
}

absl::Status SystemError(absl::string_view what) {
  const std::string reason = std::generic_category().message(errno);
  return errno == ENOENT
             ? absl::NotFoundError("no such file")
             : absl::FailedPreconditionError(absl::StrCat(what, ": ", reason));
}

absl::Status WriteAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot be copied into memory");
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

// Of the whole file.
absl::StatusOr<std::string> DigestOf(int fd, size_t size) {
  if (size == 0) return Sha256("");
  void* const bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) return SystemError("cannot be mapped");
  std::string digest =
      Sha256(absl::string_view(static_cast<const char*>(bytes), size));
  munmap(bytes, size);
  return digest;
}

}  // namespace

std::string FileMark(const std::string& path) {
  const std::string mark = MarkOf(path);
  return mark.empty() ? "" : absl::StrCat(mark, " ", MarkOf(DigestPath(path)));
}

absl::StatusOr<Snapshot> Snapshot::Of(const std::string& path,
                                      const Interrupt& interrupt) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string mark = FileMark(path);
    absl::StatusOr<Snapshot> copy = Copy(path, interrupt);
    if (!copy.ok()) {
      return interrupt().ok() ? Named(path, copy.status()) : copy.status();
    }
    const absl::Status status = copy->CheckDigest(path);
    // A pair that was being replaced is no pair.
    if (FileMark(path) != mark) continue;
    if (!status.ok()) return status;
    return copy;
  }
  return absl::UnavailableError(
      absl::StrCat(path, ": changed while it was read, ", kAttempts, " times"));
}

std::string Snapshot::path() const {
  return absl::StrCat("/proc/self/fd/", file_.get());
}

absl::StatusOr<Snapshot> Snapshot::Copy(const std::string& path,
                                        const Interrupt& interrupt) {
  // A pipe that nobody writes to would keep a plain open() waiting.
  const OwnedFd from(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!from.is_open()) return SystemError("cannot be read");
  struct stat status = {};
  if (fstat(from.get(), &status) != 0) return SystemError("cannot be read");
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError("not a regular file");
  }
  OwnedFd to(memfd_create("checkpoint", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!to.is_open()) return SystemError("cannot be copied into memory");
  const auto piece = std::make_unique<char[]>(kPieceBytes);
  int64_t bytes = 0;
  for (;;) {
    HG_RETURN_IF_ERROR(interrupt());
    const ssize_t got = read(from.get(), piece.get(), kPieceBytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot be read");
    if (got == 0) break;
    bytes += got;
    if (bytes > kMaxBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("expected at most ", kMaxBytes, " bytes, got more"));
    }
    HG_RETURN_IF_ERROR(
        WriteAll(to.get(), piece.get(), static_cast<size_t>(got)));
  }
  constexpr int kSeals =
      F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (fcntl(to.get(), F_ADD_SEALS, kSeals) != 0) {
    return SystemError("cannot be copied into memory");
  }
  HG_ASSIGN_OR_RETURN(std::string digest,
                      DigestOf(to.get(), static_cast<size_t>(bytes)));
  return Snapshot(std::move(to), bytes, std::move(digest));
}

absl::Status Snapshot::CheckDigest(const std::string& path) const {
  const auto line = ReadRegularFile(DigestPath(path), kMaxDigestBytes);
  if (absl::IsNotFound(line.status())) return absl::OkStatus();
  HG_RETURN_IF_ERROR(line.status());
  HG_ASSIGN_OR_RETURN(const std::string expected, ParseDigestLine(*line, path));
  if (digest_ == expected) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, ": expected the digest of ",
                                          DigestPath(path), ", ", expected,
                                          ", got ", digest_));
}

}  // namespace hypergan::server
