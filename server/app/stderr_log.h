#pragma once

#include <string_view>

#include "absl/types/span.h"
#include "server/serving/event.h"

namespace hypergan::server {

enum class LogFormat { kText, kJson };

// Of all lines from now on; at first it is text. From any thread.
void SetLogFormat(LogFormat format);

// Writes a line with the time (UTC) to stderr, in one piece; parts of it may
// come from files and clients (see OneLine). A Log.
void LogToStderr(std::string_view line);

// The same of an event. An EventLog.
void LogEventToStderr(absl::Span<const Field> fields);

}  // namespace hypergan::server
