#pragma once

#include <string_view>

namespace hypergan::server {

// Writes a line with the time (UTC) to stderr, in one piece. A Log.
void LogToStderr(std::string_view line);

}  // namespace hypergan::server
