#pragma once

#include <ostream>
#include <string_view>

namespace hypergan::server {

// Is --help among the arguments? Abseil's own --help exits with 1 and shows
// where each flag was compiled.
bool AsksForHelp(int argc, char** argv);

// Writes `summary` and then every flag that is defined in the source file whose
// path ends in `file`, by name, with its default and its meaning.
void PrintUsage(std::string_view summary, std::string_view file,
                std::ostream& out);

}  // namespace hypergan::server
