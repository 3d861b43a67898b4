#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"
#include "server/engine.h"
#include "server/serving/clock.h"
#include "server/serving/flagged/flagged_requests.h"
#include "server/serving/log.h"

namespace hypergan::server {

struct CaptureOptions {
  std::string folder;  // empty: nothing is kept
  int64_t max_files = 1000;
  int64_t max_bytes = int64_t{256} << 20;  // of all files
  int64_t max_per_minute = 60;             // files
};

// The rows of one request that were found out of distribution.
struct FlaggedRows {
  FlaggedRequest request = {};
  std::optional<uint64_t> seed = {};
  int64_t num_networks = 0;
  std::vector<int64_t> row_shape = {};
  std::vector<int64_t> indices = {};   // of the rows within the request
  std::vector<float> values = {};      // [rows, row_shape...]
  std::vector<RowScores> scores = {};  // [rows]
};

// An error unless the folder can be listed and written or, where it is missing,
// its parent lets it be created. Nothing of it stays; a capture may run.
absl::Status CheckCaptureFolder(const std::string& folder);

// Keeps flagged rows as .npz files, flagged-<time>-<number>.npz, one for a
// request: the oldest make room for the newest. The arrays are `x_test` (so
// that whatever reads data sets reads the rows), a score each, and what the
// request was. Other files of the folder are left alone. Thread-safe.
class FlaggedCapture {
 public:
  // What waits to be written holds at most so much.
  static constexpr int64_t kMaxWaitingBytes = int64_t{32} << 20;

  // Borrows all but the options.
  FlaggedCapture(const CaptureOptions& options, const Clock& clock,
                 prometheus::Registry& registry, const Log& log);
  // Writes what waits.
  ~FlaggedCapture();

  // Creates the folder, for its owner alone, if it is missing; from now on rows
  // are written. Call once. An error for a folder that cannot be listed or
  // written.
  absl::Status Start();

  // Takes what `make` gives, unless there were too many files within the
  // minute, or too much waits. Does not block.
  void Offer(const std::function<FlaggedRows()>& make);

 private:
  struct File {
    std::string name;
    int64_t bytes = 0;
  };

  absl::Status FindFiles();
  bool IsWithinRate();
  void Work();
  absl::Status Write(const FlaggedRows& rows);
  absl::Status MakeRoomFor(int64_t bytes);

  const CaptureOptions options_;
  const Clock& clock_;
  const Log& log_;
  prometheus::Counter& written_;
  prometheus::Counter& dropped_;
  prometheus::Counter& failed_;

  // The thread's.
  std::deque<File> files_;  // the oldest first
  int64_t file_bytes_ = 0;
  int64_t number_ = 0;  // of files that were written

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<FlaggedRows> waiting_;
  int64_t waiting_bytes_ = 0;
  double allowance_;    // files that may be taken now
  absl::Time counted_;  // when that was so
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hypergan::server
