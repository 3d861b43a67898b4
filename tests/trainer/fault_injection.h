#pragma once

#include <functional>
#include <string>
#include <vector>

namespace hypergan::trainer {

// What becomes of one of the system calls by which a process changes files.
struct Fault {
  std::string folder;  // calls on files below it are counted, from 1
  int call = 0;        // the one that goes wrong; 0: none
  // The errno that it fails with; 0: the process ends in its place, of a write
  // when half of it is done.
  int error = 0;
};

// How a child process ended that ran `body` under `fault`.
struct Outcome {
  bool has_ended_by_fault = false;
  std::string text;                // what `body` returned
  std::vector<std::string> calls;  // those that were counted
};

// Forks, for a process that has ended cannot be asked further. The program that
// is linked with this has its own open, write, fsync, rename, mkdir and
// ftruncate.
Outcome RunWithFault(const Fault& fault,
                     const std::function<std::string()>& body);

}  // namespace hypergan::trainer
