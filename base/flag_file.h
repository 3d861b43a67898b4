#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hypergan {

// One flag of a file of flags.
struct FlagLine {
  std::string text;   // "--name=value"
  std::string place;  // "FILE:LINE: ", for messages
};

// The flags of the file at `path`: one a line. Blank lines and lines that begin
// with '#' are passed over, blanks around a line as well. INVALID_ARGUMENT for
// a line that is no flag, for what is no regular file and for one of more than
// 1 MiB.
absl::StatusOr<std::vector<FlagLine>> ReadFlagFile(const std::string& path);

}  // namespace hypergan
