#include "server/app/stderr_log.h"

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/quoted.h"

namespace hypergan::server {

void LogToStderr(std::string_view line) {
  const std::string text =
      absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ ", absl::Now(),
                                    absl::UTCTimeZone()),
                   OneLine(line), "\n");
  // One call, so that the lines of two threads do not mix.
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace hypergan::server
