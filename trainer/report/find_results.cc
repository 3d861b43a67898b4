#include "trainer/report/find_results.h"

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/named_error.h"
#include "base/regular_file.h"
#include "base/status_macros.h"

namespace hypergan::trainer::report {
namespace {

namespace fs = std::filesystem;

class Search {
 public:
  explicit Search(const FindLimits& limits) : limits_(limits) {}

  absl::Status Add(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      return absl::NotFoundError(
          absl::StrCat(path, ": there is no such folder or file"));
    }
    if (fs::is_directory(status)) return AddFolder(path);
    return AddFile(path);
  }

  const std::set<fs::path>& files() const { return files_; }

 private:
  absl::Status AddFolder(const fs::path& folder) {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error), end;
    for (; !error && entry != end; entry.increment(error)) {
      if (++entries_ > limits_.entries) {
        return absl::ResourceExhaustedError(
            absl::StrCat("more than ", limits_.entries, " files in ",
                         folder.string(), " and the folders before it"));
      }
      if (entry.depth() >= limits_.depth) entry.disable_recursion_pending();
      std::error_code ignored;
      if (entry->path().filename() == "result.json" &&
          entry->is_regular_file(ignored)) {
        HG_RETURN_IF_ERROR(AddFile(entry->path()));
      }
    }
    if (error) {
      return absl::ErrnoToStatus(error.value(),
                                 absl::StrCat("searching ", folder.string()));
    }
    return absl::OkStatus();
  }

  absl::Status AddFile(const fs::path& file) {
    std::error_code error;
    const fs::path canonical = fs::canonical(file, error);
    if (error) {
      return absl::ErrnoToStatus(error.value(), file.string());
    }
    files_.insert(canonical);
    if (files_.size() > limits_.results) {
      return absl::ResourceExhaustedError(
          absl::StrCat("more than ", limits_.results, " results"));
    }
    return absl::OkStatus();
  }

  const FindLimits limits_;
  size_t entries_ = 0;
  std::set<fs::path> files_;
};

}  // namespace

absl::StatusOr<std::vector<ExperimentResult>> FindResults(
    const std::vector<std::string>& paths, const FindLimits& limits) {
  Search search(limits);
  for (const std::string& path : paths) {
    HG_RETURN_IF_ERROR(search.Add(path));
  }
  if (search.files().empty()) {
    return absl::NotFoundError(
        absl::StrCat("no result.json in ", absl::StrJoin(paths, ", ")));
  }
  std::vector<ExperimentResult> results;
  size_t bytes = 0;
  for (const fs::path& file : search.files()) {
    HG_ASSIGN_OR_RETURN(const std::string text,
                        ReadRegularFile(file.string(), kMaxResultBytes));
    bytes += text.size();
    if (bytes > limits.total_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "results of more than ", limits.total_bytes, " bytes in all"));
    }
    HG_ASSIGN_OR_RETURN(ExperimentResult result,
                        Named(file.string(), ParseResult(text)));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace hypergan::trainer::report
