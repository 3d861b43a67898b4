#pragma once

namespace hypergan {

// From now on a write beyond the limit on a file's size (`ulimit -f`, SIGXFSZ)
// fails with EFBIG, as one to a full disk does with ENOSPC. The signal would
// end the program in the middle of the file. Call it at the start of a program.
void IgnoreFileSizeSignal();

// From now on a write to a pipe or a socket that nobody reads fails with EPIPE.
// The signal (SIGPIPE) would end the program.
void IgnoreBrokenPipes();

}  // namespace hypergan
