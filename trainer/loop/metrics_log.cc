#include "trainer/loop/metrics_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/regular_file.h"
#include "base/status_macros.h"
#include "trainer/experiments/history.h"

namespace hypergan::trainer {
namespace {

// Far more than a record of ours.
constexpr int64_t kMaxLineBytes = 1 << 20;

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

bool IsRecord(absl::string_view line) {
  return nlohmann::json::accept(line.begin(), line.end());
}

// Does the line record what comes after `step`? The figures of the test rows
// come after the last step.
bool IsLater(absl::string_view line, int64_t step) {
  const auto record = nlohmann::json::parse(line.begin(), line.end(), nullptr,
                                            /*allow_exceptions=*/false);
  if (!record.is_object()) return false;
  if (record.contains("test")) return true;
  return record.contains("step") && record["step"].is_number_integer() &&
         record["step"] > step;
}

}  // namespace

absl::StatusOr<MetricsLog> MetricsLog::Open(const std::string& path) {
  OwnedFd file(
      open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.is_open()) return Failed("opening", path);
  const bool is_locked = flock(file.get(), LOCK_EX | LOCK_NB) == 0;
  if (!is_locked && errno == EWOULDBLOCK) {
    return absl::UnavailableError(
        absl::StrCat(path, ": another process is writing it"));
  }
  MetricsLog log(path, std::move(file), is_locked);
  HG_RETURN_IF_ERROR(log.CutTornLine());
  return log;
}

absl::Status MetricsLog::Append(const nlohmann::ordered_json& record) const {
  HG_ASSIGN_OR_RETURN(const int64_t size, Size());
  const std::string line = record.dump() + '\n';
  absl::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    rest.remove_prefix(static_cast<size_t>(written));
  }
  if (rest.empty() && fsync(file_.get()) == 0) return absl::OkStatus();
  const absl::Status status = Failed("writing", path_);
  Truncate(size).IgnoreError();
  return status;
}

absl::Status MetricsLog::CutTornLine() const {
  HG_ASSIGN_OR_RETURN(const int64_t size, Size());
  std::string tail(static_cast<size_t>(std::min<int64_t>(size, kMaxLineBytes)),
                   '\0');
  const int64_t begin = size - static_cast<int64_t>(tail.size());
  const ssize_t got = pread(file_.get(), tail.data(), tail.size(), begin);
  if (got != static_cast<ssize_t>(tail.size())) return Failed("reading", path_);
  const size_t newline = tail.rfind('\n');
  if (tail.empty() || newline == tail.size() - 1) return absl::OkStatus();
  if (newline == std::string::npos && begin > 0) {
    return absl::DataLossError(
        absl::StrCat(path_, ": expected lines of at most ", kMaxLineBytes,
                     " bytes, got a longer one at its end"));
  }
  const size_t line = newline == std::string::npos ? 0 : newline + 1;
  if (!IsRecord(absl::string_view(tail).substr(line))) {
    return Truncate(begin + static_cast<int64_t>(line));
  }
  return write(file_.get(), "\n", 1) == 1 ? absl::OkStatus()
                                          : Failed("writing", path_);
}

absl::Status MetricsLog::CutAfter(int64_t step) const {
  HG_ASSIGN_OR_RETURN(const std::string text,
                      ReadRegularFile(path_, kMaxHistoryBytes));
  int64_t kept = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (IsLater(line, step)) return Truncate(kept);
    kept += static_cast<int64_t>(line.size()) + 1;
  }
  return absl::OkStatus();
}

absl::Status MetricsLog::Clear() const { return Truncate(0); }

absl::Status MetricsLog::Truncate(int64_t bytes) const {
  if (ftruncate(file_.get(), bytes) == 0) return absl::OkStatus();
  return Failed("shortening", path_);
}

absl::StatusOr<int64_t> MetricsLog::Size() const {
  struct stat status = {};
  if (fstat(file_.get(), &status) != 0) return Failed("reading", path_);
  return static_cast<int64_t>(status.st_size);
}

}  // namespace hypergan::trainer
