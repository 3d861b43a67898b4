#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hypergan::server {

// A program that was started with its output in pipes. Killed, if it still
// runs, when this goes.
class ChildProcess {
 public:
  // argv[0] is the program's path.
  explicit ChildProcess(std::vector<std::string> argv);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The next line of its standard output, without the line feed; "" at its end.
  std::string ReadLine();
  void Signal(int signal) const;
  // Stops it, as a debugger does; returns once no thread of it runs.
  void Stop() const;
  // The most memory that it has had at once so far.
  int64_t PeakBytes() const;
  // How many files it may have open.
  int64_t FileLimit() const;
  // Reads both streams to their ends, waits, and returns the exit code, or
  // minus the signal that ended it.
  int Wait();
  // What was read since the last ReadLine, and all of the errors; after Wait.
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }

 private:
  pid_t pid_ = -1;
  int out_pipe_ = -1;
  int err_pipe_ = -1;
  std::string out_;
  std::string err_;
};

}  // namespace hypergan::server
