#include "base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/owned_fd.h"

namespace hypergan {
namespace {

absl::Status Failed(const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("reading ", path));
}

absl::Status Unsuitable(const std::string& path, size_t max_bytes,
                        absl::string_view got) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": expected a regular file of at most ", max_bytes,
                   " bytes, got ", got));
}

}  // namespace

absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t max_bytes) {
  // A pipe that nobody writes to would keep a plain open() waiting.
  const OwnedFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return Failed(path);
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) return Failed(path);
  if (S_ISDIR(status.st_mode)) return Unsuitable(path, max_bytes, "a folder");
  if (!S_ISREG(status.st_mode)) {
    return Unsuitable(path, max_bytes, "a device, a pipe or a socket");
  }
  // The size may be wrong, as it is in /proc: what is read counts.
  std::string text;
  constexpr size_t kPiece = 64 << 10;
  while (text.size() <= max_bytes) {
    const size_t begin = text.size();
    text.resize(begin + std::min(kPiece, max_bytes + 1 - begin));
    const ssize_t got =
        read(file.get(), text.data() + begin, text.size() - begin);
    const int error = errno;
    text.resize(begin + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return text;
    errno = error;
    if (got < 0 && errno != EINTR) return Failed(path);
  }
  return Unsuitable(path, max_bytes, "more");
}

}  // namespace hypergan
