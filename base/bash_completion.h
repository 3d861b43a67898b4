#pragma once

#include <string>

#include "base/command_line.h"

namespace hypergan {

// A script for bash that completes the program's verbs, the flags of each verb,
// and values of flags: choices, true and false, else names of files. It needs
// nothing but bash.
std::string BashCompletion(const Program& program);

}  // namespace hypergan
