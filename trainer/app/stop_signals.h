#pragma once

#include <atomic>

namespace hypergan::trainer {

// Set by the first SIGINT or SIGTERM from this call on: the run is to save and
// stop. A second one ends the program.
const std::atomic<bool>& StopRequested();

}  // namespace hypergan::trainer
