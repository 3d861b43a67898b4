#include "tests/trainer/fault_injection.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace hypergan::trainer {
namespace {

constexpr int kEndedByFault = 42;

// Of the child process; one thread of it writes files.
Fault* active = nullptr;
std::vector<std::string>* calls = nullptr;
int report = -1;  // the pipe to the parent

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

ssize_t RealWrite(int file, const void* bytes, size_t size) {
  static auto* real = Real<ssize_t(int, const void*, size_t)>("write");
  return real(file, bytes, size);
}

std::string PathOf(int file) {
  char path[PATH_MAX];
  const std::string link = absl::StrCat("/proc/self/fd/", file);
  const ssize_t size = readlink(link.c_str(), path, sizeof(path));
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : "";
}

// Is it the turn of this call to go wrong?
bool Counts(const char* name, const std::string& path) {
  if (active == nullptr || !absl::StartsWith(path, active->folder)) {
    return false;
  }
  calls->push_back(absl::StrCat(name, " ", path.substr(active->folder.size())));
  return static_cast<int>(calls->size()) == active->call;
}

void Report(const std::string& text) {
  const std::string all =
      absl::StrCat(text, std::string(1, '\0'), absl::StrJoin(*calls, "\n"));
  RealWrite(report, all.data(), all.size());
}

// True with errno set, or does not return.
bool GoWrong() {
  if (active->error == 0) {
    Report("");
    _exit(kEndedByFault);
  }
  errno = active->error;
  return true;
}

}  // namespace

Outcome RunWithFault(const Fault& fault,
                     const std::function<std::string()>& body) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    report = ends[1];
    calls = new std::vector<std::string>;
    active = new Fault(fault);
    const std::string text = body();
    active = nullptr;
    Report(text);
    _exit(0);
  }
  close(ends[1]);
  std::string got;
  char buffer[4096];
  ssize_t size = 0;
  while ((size = read(ends[0], buffer, sizeof(buffer))) > 0) {
    got.append(buffer, static_cast<size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome;
  outcome.has_ended_by_fault =
      WIFEXITED(status) && WEXITSTATUS(status) == kEndedByFault;
  const std::vector<std::string> parts =
      absl::StrSplit(got, absl::MaxSplits('\0', 1));
  outcome.text = parts[0];
  if (parts.size() == 2 && !parts[1].empty()) {
    outcome.calls = absl::StrSplit(parts[1], '\n');
  }
  return outcome;
}

}  // namespace hypergan::trainer

// Instead of the C library's, in this program and in the libraries it loads.
extern "C" {

using hypergan::trainer::Counts;
using hypergan::trainer::GoWrong;
using hypergan::trainer::PathOf;
using hypergan::trainer::Real;

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if ((flags & O_CREAT) != 0 && Counts("open", path) && GoWrong()) return -1;
  return Real<int(const char*, int, mode_t)>("open")(path, flags, mode);
}

ssize_t write(int file, const void* bytes, size_t size) {
  if (Counts("write", PathOf(file))) {
    hypergan::trainer::RealWrite(file, bytes, size / 2);
    if (GoWrong()) return -1;
  }
  return hypergan::trainer::RealWrite(file, bytes, size);
}

int fsync(int file) {
  if (Counts("fsync", PathOf(file)) && GoWrong()) return -1;
  return Real<int(int)>("fsync")(file);
}

int rename(const char* from, const char* to) noexcept {
  if (Counts("rename", to) && GoWrong()) return -1;
  return Real<int(const char*, const char*)>("rename")(from, to);
}

int mkdir(const char* path, mode_t mode) noexcept {
  if (Counts("mkdir", path) && GoWrong()) return -1;
  return Real<int(const char*, mode_t)>("mkdir")(path, mode);
}

int ftruncate(int file, off_t size) noexcept {
  if (Counts("ftruncate", PathOf(file)) && GoWrong()) return -1;
  return Real<int(int, off_t)>("ftruncate")(file, size);
}

}  // extern "C"
