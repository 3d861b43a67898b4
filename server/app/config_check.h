#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/app/program.h"
#include "server/serving/log.h"

namespace hypergan::server {

// Does what a start would do, but for opening ports: reads certificates and
// tokens, opens the device, tries the folder of flagged rows, loads and warms
// up each model, one at a time. Everything that is wrong, in the words of a
// start that fails. What is of note and no problem goes to the log.
std::vector<absl::Status> CheckConfig(const Options& options,
                                      const OpenDevice& open_device,
                                      const Log& log);

}  // namespace hypergan::server
