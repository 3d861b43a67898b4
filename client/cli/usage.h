#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace hypergan::client {

// Is --help among the arguments? (Abseil's own exits with 1.)
bool AsksForHelp(int argc, char** argv);

// Every flag that is defined in the source file whose path ends in `file`, by
// name, with its default and its meaning, 80 columns wide.
std::string DescribeFlags(absl::string_view file);

}  // namespace hypergan::client
