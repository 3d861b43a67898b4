#pragma once

#include <string>

#include "absl/status/status.h"

namespace hypergan {

// Reads the whole zip archive at `path`, compares every entry with its checksum
// and looks at what a TorchScript archive consists of: names, pickles
// (CheckPickle) and source (CheckScript). LibTorch's own reader skips the
// checksums and believes what it reads, so that a damaged archive can end the
// process; nothing is given to it that has not passed here. That an archive has
// passed does not make it safe: it is a program.
//   NOT_FOUND            no such file
//   FAILED_PRECONDITION  it cannot be read, as for want of permission
//   INVALID_ARGUMENT     not a regular file; past the bounds (4 GiB, 100,000
//                        entries, 16 MiB of one pickle or source, 64 MiB of
//                        all); or what CheckPickle and CheckScript refuse
//   DATA_LOSS            a truncated or altered archive
absl::Status VerifyArchive(const std::string& path);

}  // namespace hypergan
