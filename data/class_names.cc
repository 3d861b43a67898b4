#include "data/class_names.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/input_file.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

constexpr size_t kMaxNameBytes = 128;

std::vector<std::string> Numbers(int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back(absl::StrCat(i));
  return names;
}

absl::StatusOr<std::vector<std::string>> ReadLines(InputFile& file) {
  std::vector<std::string> lines;
  std::string line;
  while (true) {
    HG_ASSIGN_OR_RETURN(bool more, file.ReadLine(&line));
    if (!more) break;
    if (static_cast<int64_t>(lines.size()) == kMaxClasses) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.path(), ": expected at most ", kMaxClasses,
                       " class names, got more"));
    }
    lines.push_back(line);
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadClassNames(const std::string& path,
                                                        int64_t at_least) {
  absl::StatusOr<InputFile> file = InputFile::Open(path);
  if (absl::IsNotFound(file.status())) return Numbers(at_least);
  if (!file.ok()) return file.status();
  HG_ASSIGN_OR_RETURN(std::vector<std::string> names, ReadLines(*file));
  if (static_cast<int64_t>(names.size()) < at_least) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a name for each of ", at_least,
                     " classes, got ", names.size()));
  }
  for (const std::string& name : names) {
    if (!name.empty() && name.size() <= kMaxNameBytes) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected class names of 1 to ", kMaxNameBytes,
                     " bytes, got one of ", name.size()));
  }
  return names;
}

}  // namespace hypergan::data
