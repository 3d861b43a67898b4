#include "server/app/stderr_log.h"

#include <atomic>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/quoted.h"

namespace hypergan::server {
namespace {

constexpr size_t kMaxLineBytes = 4096;

std::atomic<LogFormat> log_format = LogFormat::kText;

std::string Now() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(),
                          absl::UTCTimeZone());
}

// One call, so that the lines of two threads do not mix.
void Write(const std::string& line) {
  const std::string text = absl::StrCat(line, "\n");
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

void SetLogFormat(LogFormat format) { log_format = format; }

void LogToStderr(std::string_view line) {
  if (log_format == LogFormat::kText) {
    return Write(absl::StrCat(Now(), " ", OneLine(line)));
  }
  const std::string time = Now();
  Write(JsonOf({{"time", time}, {"message", line}}, kMaxLineBytes));
}

void LogEventToStderr(absl::Span<const Field> fields) {
  const std::string time = Now();
  if (log_format == LogFormat::kText) {
    return Write(absl::StrCat(time, " ", TextOf(fields)));
  }
  std::vector<Field> all = {{"time", time}};
  all.insert(all.end(), fields.begin(), fields.end());
  Write(JsonOf(all));
}

}  // namespace hypergan::server
