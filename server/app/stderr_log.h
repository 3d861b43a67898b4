#pragma once

#include <string_view>

namespace hypergan::server {

// Writes a line with the time (UTC) to stderr, in one piece; parts of it may
// come from files and clients (see OneLine). A Log.
void LogToStderr(std::string_view line);

}  // namespace hypergan::server
