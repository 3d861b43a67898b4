#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/app/program.h"
#include "server/engine.h"
#include "server/serving/models/snapshot.h"

namespace hypergan::server {

// A checkpoint that is damaged or made for it can end the process that opens
// it, or keep it busy for good, whatever is looked at before. So another
// process opens it first: this program again, as a child with a command of its
// own.

struct CheckBounds {
  absl::Duration time;       // of the clock, and of the processor
  int64_t memory_bytes = 0;  // beyond the program's own; 0: 1 GiB and 4 times
                             // the checkpoint's size
};

// Has a child open the snapshot of the checkpoint at `path`, on the CPU, and
// predict one row. The child is killed when it takes longer, or when this
// process ends. Errors are those of EngineLoader and WarmUp, and
//   INVALID_ARGUMENT  the child ended by a signal, or took too long
//   what `interrupt`, asked all the while, says
absl::Status CheckInChild(const std::string& path, const Snapshot& snapshot,
                          const CheckBounds& bounds,
                          const Interrupt& interrupt);

// Is this the child's command line?
bool IsCheckCommand(int argc, char** argv);
// What the child does; its exit code.
int RunCheckCommand(int argc, char** argv, const OpenDevice& open_device);

}  // namespace hypergan::server
