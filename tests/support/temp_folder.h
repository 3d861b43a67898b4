#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace hypergan {

// A folder of the test's own that vanishes with it.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(absl::string_view name) const;

  // Writes a file, its folders included, and returns its path.
  std::string Write(absl::string_view name, absl::string_view bytes) const;

 private:
  std::string path_;
};

}  // namespace hypergan
