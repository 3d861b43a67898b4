#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/owned_fd.h"
#include "nlohmann/json.hpp"

namespace hypergan::trainer {

// Metrics as JSON lines, one object a line, beside the checkpoint. Appends, so
// that a resumed run goes on in the same file.
//
// Only one process has it open: it is locked (flock), which the system undoes
// when that process ends in whatever way. By this lock a run has its version's
// folder to itself. On NFS the lock holds between machines, unless the folder
// is mounted with nolock or local_lock.
class MetricsLog {
 public:
  // Opens the file, or creates it. A last line that is torn, for its process
  // was killed, is cut off. UNAVAILABLE while another process has it open;
  // DATA_LOSS for a file that is no such log.
  static absl::StatusOr<MetricsLog> Open(const std::string& path);

  // False where the file system has no locks.
  bool is_locked() const { return is_locked_; }

  // All of the line or none of it. Numbers that are not finite are written as
  // null.
  absl::Status Append(const nlohmann::ordered_json& record) const;

  // Forgets everything from the first record of a later step on, the test rows'
  // among them: a run that is resumed from `step` writes it again.
  absl::Status CutAfter(int64_t step) const;
  absl::Status Clear() const;

 private:
  MetricsLog(std::string path, OwnedFd file, bool is_locked)
      : path_(std::move(path)), file_(std::move(file)), is_locked_(is_locked) {}

  absl::Status CutTornLine() const;
  absl::Status Truncate(int64_t bytes) const;
  absl::StatusOr<int64_t> Size() const;

  std::string path_;
  OwnedFd file_;
  bool is_locked_;
};

}  // namespace hypergan::trainer
