#include "server/serving/flagged/flagged_capture.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/durable_file.h"
#include "base/named_error.h"
#include "base/status_macros.h"
#include "server/serving/flagged/npz_bytes.h"
#include "server/serving/metrics/metric_registration.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "flagged-";
constexpr char kEnding[] = ".npz";
constexpr char kTemporary[] = ".tmp";

prometheus::Counter& OutcomeCounter(prometheus::Registry& registry,
                                    const char* outcome) {
  return CounterFamily(registry, "hypergan_flagged_files_total")
      .Add({{"outcome", outcome}});
}

absl::Status FolderError(const std::string& folder,
                         const std::error_code& error) {
  return absl::FailedPreconditionError(
      absl::StrCat("--capture_flagged: ", folder, ": ", error.message()));
}

absl::Status TryToWrite(const std::string& folder) {
  const std::string probe = absl::StrCat(folder, "/", kPrefix, "probe");
  HG_RETURN_IF_ERROR(Named("--capture_flagged", WriteDurably(probe, "")));
  std::error_code ignored;
  fs::remove(probe, ignored);
  return absl::OkStatus();
}

absl::Status CheckParent(const std::string& folder) {
  fs::path path = fs::absolute(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (access(path.parent_path().c_str(), W_OK | X_OK) == 0) {
    return absl::OkStatus();
  }
  return FolderError(folder, {errno, std::generic_category()});
}

int64_t BytesOf(const FlaggedRows& rows) {
  return static_cast<int64_t>(rows.values.size() * sizeof(float) +
                              rows.scores.size() *
                                  (sizeof(RowScores) + sizeof(int64_t)));
}

NpzArray ScoreArray(const FlaggedRows& rows, const char* name,
                    double RowScores::*score) {
  std::vector<double> values;
  for (const RowScores& row : rows.scores) values.push_back(row.*score);
  const auto count = static_cast<int64_t>(values.size());
  return NpzArray::Of<double>(name, {count}, values);
}

std::string FileOf(const FlaggedRows& rows) {
  const FlaggedRequest& request = rows.request;
  const auto count = static_cast<int64_t>(rows.indices.size());
  std::vector<int64_t> shape = {count};
  shape.insert(shape.end(), rows.row_shape.begin(), rows.row_shape.end());
  const double time = absl::ToDoubleSeconds(request.time - absl::UnixEpoch());
  std::vector<NpzArray> arrays = {
      NpzArray::Of<float>("x_test", std::move(shape), rows.values),
      NpzArray::Of<int64_t>("row", {count}, rows.indices),
      ScoreArray(rows, "predictive_entropy", &RowScores::predictive_entropy),
      ScoreArray(rows, "expected_entropy", &RowScores::expected_entropy),
      ScoreArray(rows, "mutual_information", &RowScores::mutual_information),
      ScoreArray(rows, "total_variance", &RowScores::total_variance),
      ScoreArray(rows, "max_probability", &RowScores::max_probability),
      ScoreArray(rows, "ood_score", &RowScores::ood_score),
      NpzArray::OfText("request_id", request.id),
      NpzArray::OfText("model", request.model),
      NpzArray::Of<int64_t>("version", {}, {&request.version, 1}),
      NpzArray::Of<int64_t>("num_networks", {}, {&rows.num_networks, 1}),
      NpzArray::Of<double>("time", {}, {&time, 1})};
  // Of networks from a pool there is none.
  if (rows.seed) {
    arrays.push_back(NpzArray::Of<uint64_t>("seed", {}, {&*rows.seed, 1}));
  }
  return NpzBytes(arrays);
}

}  // namespace

absl::Status CheckCaptureFolder(const std::string& folder) {
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  if (error == std::errc::no_such_file_or_directory) return CheckParent(folder);
  if (error) return FolderError(folder, error);
  return TryToWrite(folder);
}

FlaggedCapture::FlaggedCapture(const CaptureOptions& options,
                               const Clock& clock,
                               prometheus::Registry& registry, const Log& log)
    : options_(options),
      clock_(clock),
      log_(log),
      written_(OutcomeCounter(registry, "written")),
      dropped_(OutcomeCounter(registry, "dropped")),
      failed_(OutcomeCounter(registry, "failed")),
      allowance_(static_cast<double>(options.max_per_minute)),
      counted_(clock.Now()) {}

FlaggedCapture::~FlaggedCapture() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

absl::Status FlaggedCapture::Start() {
  std::error_code error;
  if (fs::create_directory(options_.folder, error)) {
    fs::permissions(options_.folder, fs::perms::owner_all, error);
  }
  if (error) return FolderError(options_.folder, error);
  HG_RETURN_IF_ERROR(FindFiles());
  // Now rather than at the first flagged row.
  HG_RETURN_IF_ERROR(TryToWrite(options_.folder));
  thread_ = std::thread([this] { Work(); });
  return absl::OkStatus();
}

// Names begin with the time, so that their order is that of age.
absl::Status FlaggedCapture::FindFiles() {
  std::error_code error;
  fs::directory_iterator entry(options_.folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!absl::StartsWith(name, kPrefix)) continue;
    if (absl::EndsWith(name, kTemporary)) {
      const size_t end = name.find(kEnding);
      if (end == name.npos) continue;
      RemoveAbandoned(
          absl::StrCat(options_.folder, "/", name.substr(0, end), kEnding));
    } else if (absl::EndsWith(name, kEnding)) {
      std::error_code gone;
      const auto bytes = static_cast<int64_t>(entry->file_size(gone));
      if (gone) continue;
      files_.push_back({name, bytes});
      file_bytes_ += bytes;
    }
  }
  if (error) return FolderError(options_.folder, error);
  std::sort(files_.begin(), files_.end(),
            [](const File& a, const File& b) { return a.name < b.name; });
  return MakeRoomFor(0);
}

void FlaggedCapture::Offer(const std::function<FlaggedRows()>& make) {
  {
    const std::lock_guard lock(mutex_);
    if (!IsWithinRate() || waiting_bytes_ >= kMaxWaitingBytes) {
      dropped_.Increment();
      return;
    }
    --allowance_;
  }
  FlaggedRows rows = make();
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + BytesOf(rows) > kMaxWaitingBytes) {
      dropped_.Increment();
      return;
    }
    waiting_bytes_ += BytesOf(rows);
    waiting_.push_back(std::move(rows));
  }
  changed_.notify_one();
}

bool FlaggedCapture::IsWithinRate() {
  const absl::Time now = clock_.Now();
  const auto most = static_cast<double>(options_.max_per_minute);
  allowance_ = std::min(
      most,
      allowance_ + most * absl::FDivDuration(now - counted_, absl::Minutes(1)));
  counted_ = now;
  return allowance_ >= 1;
}

void FlaggedCapture::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const FlaggedRows rows = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const absl::Status status = GuardExceptions([&] { return Write(rows); });
    (status.ok() ? written_ : failed_).Increment();
    if (!status.ok()) {
      log_(absl::StrCat("could not keep flagged rows: ", status.message()));
    }
    lock.lock();
    waiting_bytes_ -= BytesOf(rows);
  }
}

absl::Status FlaggedCapture::Write(const FlaggedRows& rows) {
  const std::string bytes = FileOf(rows);
  const auto size = static_cast<int64_t>(bytes.size());
  if (size > options_.max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a file of ", size,
                     " bytes, and --capture_max_bytes=", options_.max_bytes));
  }
  HG_RETURN_IF_ERROR(MakeRoomFor(size));
  const std::string name =
      absl::StrCat(kPrefix,
                   absl::FormatTime("%Y%m%dT%H%M%E6S", rows.request.time,
                                    absl::UTCTimeZone()),
                   "-", absl::StrFormat("%06d", ++number_), kEnding);
  HG_RETURN_IF_ERROR(
      WriteDurably(absl::StrCat(options_.folder, "/", name), bytes));
  files_.push_back({name, size});
  file_bytes_ += size;
  return absl::OkStatus();
}

// For one file more of so many bytes, or, of 0, for none.
absl::Status FlaggedCapture::MakeRoomFor(int64_t bytes) {
  const int64_t files = options_.max_files - (bytes > 0 ? 1 : 0);
  while (!files_.empty() && (static_cast<int64_t>(files_.size()) > files ||
                             file_bytes_ + bytes > options_.max_bytes)) {
    std::error_code error;
    fs::remove(fs::path(options_.folder) / files_.front().name, error);
    if (error) return FolderError(options_.folder, error);
    file_bytes_ -= files_.front().bytes;
    files_.pop_front();
  }
  return absl::OkStatus();
}

}  // namespace hypergan::server
