#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"

namespace hypergan::data {

// The labels of a table's rows, from their cells: classes' numbers, or text, as
// the first row has it. Of text the distinct ones are the class names, sorted;
// where names are known it must be one of them.
class CsvLabels {
 public:
  explicit CsvLabels(std::vector<std::string> known);

  // The next row's. INVALID_ARGUMENT, which says nothing of the file, for a
  // missing label, a number that is no class's, a text that is not known, text
  // among numbers and numbers among text, a text of more than 100 bytes, and
  // more than kMaxClasses.
  absl::Status Add(absl::string_view cell);

  // Hands over labels and class names; of text, with a note of them, which
  // begins with `path`. To be called once, after a row.
  void Finish(absl::string_view path, Dataset* dataset);

 private:
  absl::Status AddNumber(absl::string_view cell);
  absl::Status AddText(absl::string_view cell);
  void SortTexts();

  const std::vector<std::string> known_;
  std::map<std::string, int64_t> texts_;  // by text: its number until now
  bool is_text_ = false;
  std::vector<int64_t> labels_;
};

// Numbers the classes of `dataset`, read from text, by their names' places in
// `class_names`. Classes that are numbers stay as they are, and so does all
// where no names are given. INVALID_ARGUMENT for a row whose class is not
// named.
absl::Status NumberByNames(const std::vector<std::string>& class_names,
                           Dataset* dataset);

}  // namespace hypergan::data
