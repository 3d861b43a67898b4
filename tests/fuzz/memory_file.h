#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/owned_fd.h"

namespace hypergan::fuzz {

// A regular file in memory, for readers that take a path. Ends the program
// where the system has no memory for it.
class MemoryFile {
 public:
  MemoryFile();

  // Opens the file, in this process.
  const std::string& path() const { return path_; }
  // Replaces what the file holds.
  void Write(absl::string_view bytes);

 private:
  OwnedFd file_;
  std::string path_;
};

}  // namespace hypergan::fuzz
