#include "server/app/models/checkpoint_check.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/named_error.h"
#include "base/owned_fd.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/serving/models/model_loading.h"

namespace hypergan::server {
namespace {

constexpr char kCommand[] = "check-checkpoint";
constexpr int kArguments = 5;  // program, command, path, memory, seconds
// The child's files.
constexpr int kSnapshotFd = 3;
constexpr int kResultFd = 4;
constexpr int kFirstFreeFd = 10;
constexpr size_t kMaxResultBytes = 4096;  // fits into a pipe
constexpr absl::Duration kLookEvery = absl::Milliseconds(5);
constexpr int64_t kLeastMemoryBytes = int64_t{1} << 30;

absl::Status Failed(absl::string_view what, int error) {
  return absl::ErrnoToStatus(
      error, absl::StrCat("checking a checkpoint in a child: ", what));
}

// Out of the way of those that the child has.
OwnedFd Moved(int fd) {
  return OwnedFd(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeFd));
}

class SpawnSetup {
 public:
  SpawnSetup(int snapshot, int result) {
    posix_spawn_file_actions_init(&actions_);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_RDWR, 0);
    }
    posix_spawn_file_actions_adddup2(&actions_, snapshot, kSnapshotFd);
    posix_spawn_file_actions_adddup2(&actions_, result, kResultFd);
    posix_spawnattr_init(&attributes_);
    // This process blocks and ignores signals that are to end the child.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK |
                                               POSIX_SPAWN_SETSIGDEF |
                                               POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  absl::StatusOr<pid_t> Spawn(std::vector<std::string> arguments) const {
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    const int error = posix_spawn(&pid, "/proc/self/exe", &actions_,
                                  &attributes_, argv.data(), environ);
    if (error != 0) return Failed("starting it", error);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// A child process, killed with all that it started when this goes.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (is_over_) return;
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Its status as wait() tells it. DEADLINE_EXCEEDED if it still runs by then.
  absl::StatusOr<int> Wait(absl::Duration time, const Interrupt& interrupt) {
    const absl::Time end = absl::Now() + time;
    for (;;) {
      HG_RETURN_IF_ERROR(interrupt());
      int status = 0;
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended < 0 && errno != EINTR) return Failed("waiting", errno);
      if (ended == pid_) {
        is_over_ = true;
        kill(-pid_, SIGKILL);  // what it started
        return status;
      }
      if (absl::Now() >= end) return absl::DeadlineExceededError("it runs");
      absl::SleepFor(kLookEvery);
    }
  }

 private:
  const pid_t pid_;
  bool is_over_ = false;
};

std::string SignalName(int number) {
  const char* name = sigabbrev_np(number);
  return name == nullptr ? absl::StrCat("signal ", number)
                         : absl::StrCat("SIG", name);
}

std::string ReadResult(int fd) {
  std::string text(kMaxResultBytes, '\0');
  const ssize_t got = read(fd, text.data(), text.size());
  text.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

// "OK", or a status code's number, a space and the message.
absl::Status ParseResult(const std::string& text) {
  if (text == "OK") return absl::OkStatus();
  const size_t space = text.find(' ');
  int code = 0;
  if (space == std::string::npos ||
      !absl::SimpleAtoi(text.substr(0, space), &code) || code < 1 ||
      code > 16) {
    return absl::InvalidArgumentError(
        "the child that opened it ended without a result");
  }
  return absl::Status(static_cast<absl::StatusCode>(code),
                      text.substr(space + 1));
}

absl::Status Verdict(int status, const std::string& result,
                     const CheckBounds& bounds) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) {
    const absl::Status said = ParseResult(result);
    if (!absl::IsResourceExhausted(said)) return said;
    // The checkpoint's fault, and so again the next time.
    return absl::InvalidArgumentError(absl::StrCat(
        said.message(), " (within what --max_check_bytes allows)"));
  }
  if (!WIFSIGNALED(status)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the child that opened it ended with code ", WEXITSTATUS(status)));
  }
  if (WTERMSIG(status) == SIGXCPU) {
    return absl::InvalidArgumentError(
        absl::StrCat("opening it took more than --max_check_time, ",
                     absl::FormatDuration(bounds.time), ", of a processor"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("opening it ends the process that does, by ",
                   SignalName(WTERMSIG(status))));
}

absl::Status Check(const std::string& path, const Snapshot& snapshot,
                   const CheckBounds& bounds, const Interrupt& interrupt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return Failed("a pipe", errno);
  const OwnedFd from(ends[0]);
  const OwnedFd to(ends[1]);
  const int64_t memory = bounds.memory_bytes > 0
                             ? bounds.memory_bytes
                             : kLeastMemoryBytes + 4 * snapshot.bytes();
  const int64_t seconds =
      absl::ToInt64Seconds(absl::Ceil(bounds.time, absl::Seconds(1)));
  const OwnedFd copy = Moved(snapshot.fd());
  const OwnedFd result = Moved(to.get());
  if (!copy.is_open() || !result.is_open()) return Failed("a file", errno);
  HG_ASSIGN_OR_RETURN(const pid_t pid, SpawnSetup(copy.get(), result.get())
                                           .Spawn({"hypergan-server", kCommand,
                                                   path, absl::StrCat(memory),
                                                   absl::StrCat(seconds)}));
  Child child(pid);
  const auto status = child.Wait(bounds.time, interrupt);
  if (absl::IsDeadlineExceeded(status.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat("opening it took more than --max_check_time, ",
                     absl::FormatDuration(bounds.time)));
  }
  HG_RETURN_IF_ERROR(status.status());
  return Verdict(*status, ReadResult(from.get()), bounds);
}

void Limit(__rlimit_resource resource, int64_t most, int64_t spare = 0) {
  const rlimit limit = {static_cast<rlim_t>(most),
                        static_cast<rlim_t>(most + spare)};
  setrlimit(resource, &limit);
}

// Of this process, now.
int64_t MappedBytes() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

// Before the checkpoint is opened.
void LimitChild(int64_t memory, int64_t seconds) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Where memory runs out all the same, the child goes first.
  std::ofstream("/proc/self/oom_score_adj") << "1000";
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_FSIZE, 0);
  // SIGXCPU, by which Verdict() knows the reason. At the hard limit it would be
  // SIGKILL.
  Limit(RLIMIT_CPU, seconds, 1);
  Limit(RLIMIT_AS, MappedBytes() + memory);
}

absl::Status OpenAndAsk(const std::string& path,
                        const OpenDevice& open_device) {
  Options options;
  options.device = "cpu";
  options.threads = 1;
  options.execution_form = "auto";
  options.generator_precision = "float32";
  HG_ASSIGN_OR_RETURN(const EngineLoader loader, open_device(options));
  CheckpointFile file(path);
  file.bytes_path = absl::StrCat("/proc/self/fd/", kSnapshotFd);
  const auto engine = loader(file);
  const absl::Status status =
      engine.ok() ? WarmUp(**engine, Limits(), [] { return absl::OkStatus(); })
                  : engine.status();
  return absl::Status(
      status.code(),
      absl::StrReplaceAll(status.message(), {{file.bytes_path, path}}));
}

}  // namespace

absl::Status CheckInChild(const std::string& path, const Snapshot& snapshot,
                          const CheckBounds& bounds,
                          const Interrupt& interrupt) {
  const absl::Status status = Check(path, snapshot, bounds, interrupt);
  if (status.ok() || !interrupt().ok() ||
      status.message().find(path) != absl::string_view::npos) {
    return status;
  }
  return Named(path, status);
}

bool IsCheckCommand(int argc, char** argv) {
  return argc == kArguments && std::strcmp(argv[1], kCommand) == 0;
}

int RunCheckCommand(int /*argc*/, char** argv, const OpenDevice& open_device) {
  int64_t memory = 0;
  int64_t seconds = 0;
  // Not for people: they have no such files open.
  if (!absl::SimpleAtoi(argv[3], &memory) ||
      !absl::SimpleAtoi(argv[4], &seconds) || fcntl(kSnapshotFd, F_GETFD) < 0 ||
      fcntl(kResultFd, F_GETFD) < 0) {
    std::fprintf(stderr, "hypergan-server: %s is the server's own\n", kCommand);
    return EXIT_FAILURE;
  }
  LimitChild(memory, seconds);
  const absl::Status status = OpenAndAsk(argv[2], open_device);
  std::string result = status.ok()
                           ? "OK"
                           : absl::StrCat(static_cast<int>(status.code()), " ",
                                          status.message());
  result.resize(std::min(result.size(), kMaxResultBytes));
  const bool is_told =
      write(kResultFd, result.data(), result.size()) == std::ssize(result);
  _exit(is_told ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace hypergan::server
