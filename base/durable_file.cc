#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/owned_fd.h"
#include "base/status_macros.h"

namespace hypergan {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kTemporary = ".tmp";

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

absl::Status WriteAll(const OwnedFd& file, absl::string_view contents,
                      const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(file.get(), contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("writing", path);
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Is `name` what a write of `file` is called for the time being?
bool IsTemporaryOf(absl::string_view file, absl::string_view name) {
  return absl::ConsumePrefix(&name, file) && absl::ConsumePrefix(&name, ".") &&
         absl::ConsumeSuffix(&name, kTemporary) && !name.empty() &&
         std::all_of(name.begin(), name.end(), absl::ascii_isdigit);
}

// A new file of that name, locked.
absl::StatusOr<OwnedFd> CreateLocked(const std::string& temporary) {
  // Before it is locked, somebody else may take it for abandoned.
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    OwnedFd file(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file.is_open()) return Failed("creating", temporary);
    // Not every file system has locks.
    flock(file.get(), LOCK_EX | LOCK_NB);
    struct stat status = {};
    if (fstat(file.get(), &status) == 0 && status.st_nlink > 0) return file;
  }
  return absl::UnavailableError(
      absl::StrCat("creating ", temporary, ": another process removes it"));
}

// Names survive a power cut once their folder is on the disk. Some network file
// systems cannot be asked for it, nor can folders that may not be read.
absl::Status SyncFolder(const std::string& path) {
  const OwnedFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() && errno == EACCES) return absl::OkStatus();
  if (!folder.is_open()) return Failed("opening", path);
  if (fsync(folder.get()) == 0 || errno == EINVAL || errno == ENOTSUP) {
    return absl::OkStatus();
  }
  return Failed("syncing", path);
}

// A device or a pipe takes the contents itself; a file in its place would take
// it from all others that use it, as /dev/null.
absl::Status WriteThrough(const std::string& path, absl::string_view contents) {
  const OwnedFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) return Failed("opening", path);
  return WriteAll(file, contents, path);
}

// `path` is how errors call it.
absl::Status Replace(const std::string& path, const fs::path& target,
                     absl::string_view contents) {
  const std::string folder = target.parent_path().string();
  HG_RETURN_IF_ERROR(CreateFolderDurably(folder));
  RemoveAbandoned(target.string());
  const std::string temporary =
      absl::StrCat(target.string(), ".", getpid(), kTemporary);
  HG_ASSIGN_OR_RETURN(const OwnedFd file, CreateLocked(temporary));
  absl::Status status = WriteAll(file, contents, path);
  if (status.ok() && fsync(file.get()) != 0) status = Failed("writing", path);
  if (status.ok() && std::rename(temporary.c_str(), target.c_str()) != 0) {
    status = Failed("renaming to", path);
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(folder);
}

}  // namespace

absl::Status WriteDurably(const std::string& path, absl::string_view contents) {
  std::error_code error;
  fs::path target = fs::absolute(path, error);
  if (error) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("writing ", path));
  }
  const fs::file_status there = fs::status(target, error);
  if (fs::is_other(there)) return WriteThrough(path, contents);
  // A link stays one, and the file behind it is written.
  if (fs::is_regular_file(there) && fs::is_symlink(target, error)) {
    target = fs::canonical(target, error);
    if (error) {
      return absl::ErrnoToStatus(error.value(), absl::StrCat("writing ", path));
    }
  }
  return Replace(path, target, contents);
}

void RemoveAbandoned(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::absolute(path, error);
  const std::string file = target.filename().string();
  fs::directory_iterator entry(target.parent_path(), error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!IsTemporaryOf(file, name)) continue;
    const OwnedFd abandoned(
        open(entry->path().c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
    if (abandoned.is_open() && flock(abandoned.get(), LOCK_EX | LOCK_NB) == 0) {
      unlink(entry->path().c_str());
    }
  }
}

absl::Status CreateFolderDurably(const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::absolute(path, error).lexically_normal();
  if (error) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("creating ", path));
  }
  if (fs::is_directory(folder, error)) return absl::OkStatus();
  if (folder.has_relative_path() && folder != folder.parent_path()) {
    HG_RETURN_IF_ERROR(CreateFolderDurably(folder.parent_path().string()));
  }
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
    return Failed("creating", folder.string());
  }
  return SyncFolder(folder.parent_path().string());
}

}  // namespace hypergan
