#include "tests/support/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace hypergan::server {
namespace {

// Runs in the child, between fork and exec, where another thread's lock, the
// allocator's too, may be held for ever.
[[noreturn]] void Become(char* const* argv, int out, int err) {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  // Whoever runs the tests may have left files open.
  closefrom(STDERR_FILENO + 1);
  execv(argv[0], argv);
  _exit(127);
}

void ReadToEnd(int pipe, std::string& text) {
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(pipe, buffer, sizeof(buffer))) > 0) {
    text.append(buffer, got);
  }
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> argv) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) std::abort();
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) Become(arguments.data(), out[1], err[1]);
  close(out[1]);
  close(err[1]);
  out_pipe_ = out[0];
  err_pipe_ = err[0];
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Wait();
  }
  close(out_pipe_);
  close(err_pipe_);
}

std::string ChildProcess::ReadLine() {
  std::string line;
  char next = 0;
  while (read(out_pipe_, &next, 1) == 1 && next != '\n') line.push_back(next);
  return line;
}

void ChildProcess::Signal(int signal) const { kill(pid_, signal); }

void ChildProcess::Stop() const {
  Signal(SIGSTOP);
  int status = 0;
  do {
    waitpid(pid_, &status, WUNTRACED);
  } while (!WIFSTOPPED(status) && !WIFEXITED(status) && !WIFSIGNALED(status));
}

int64_t ChildProcess::PeakBytes() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  int64_t kilobytes = 0;
  while (status >> word && word != "VmHWM:") {
  }
  status >> kilobytes;
  return kilobytes * 1024;
}

int64_t ChildProcess::FileLimit() const {
  std::ifstream limits("/proc/" + std::to_string(pid_) + "/limits");
  std::string line;
  int64_t soft = 0;
  while (std::getline(limits, line)) {
    if (std::sscanf(line.c_str(), "Max open files %ld", &soft) == 1) break;
  }
  return soft;
}

int ChildProcess::Wait() {
  ReadToEnd(out_pipe_, out_);
  ReadToEnd(err_pipe_, err_);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace hypergan::server
