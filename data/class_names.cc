#include "data/class_names.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/input_file.h"
#include "data/limits.h"
#include "data/tables/csv_columns.h"

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

absl::Status RenumberByNames(const std::vector<std::string>& class_names,
                             Dataset* dataset) {
  const std::vector<std::string>& names = dataset->class_names;
  std::vector<int64_t> places;
  for (const std::string& name : names) {
    const auto place = std::find(class_names.begin(), class_names.end(), name);
    places.push_back(place == class_names.end() ? -1
                                                : place - class_names.begin());
  }
  for (int64_t row = 0; row < dataset->rows; ++row) {
    int64_t& label = dataset->labels[row];
    if (places[label] < 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "row ", row, " (counted from 0): expected a label of the classes ",
          ShownNames(class_names), ", got ", ShownNames({names[label]})));
    }
    label = places[label];
  }
  dataset->class_names = class_names;
  return absl::OkStatus();
}

}  // namespace hypergan::data
