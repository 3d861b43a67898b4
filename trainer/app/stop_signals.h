#pragma once

#include <atomic>

namespace hypergan::trainer {

// From this call on, the first signal that asks the program to end sets
// StopRequested() instead, and the run saves and stops:
//
//   SIGINT, SIGTERM   a second one ends the program at once
//   SIGHUP            the terminal is gone; a shell may send it several times.
//                     Ignored for good if it was at the start (nohup).
//   SIGXCPU           the limit on CPU time (`ulimit -St`); comes every second
//                     from then on. Ignored if it was.
//
// SIGQUIT (Ctrl-\) still ends the program at once.
void StopOnSignals();

// Has one come?
const std::atomic<bool>& StopRequested();

}  // namespace hypergan::trainer
