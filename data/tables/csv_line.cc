#include "data/tables/csv_line.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace hypergan::data {
namespace {

// Where the cell that begins at `begin` with a quote ends, unpacked at its
// place: `*cell` is what it holds. npos for a quote that does not end.
size_t UnpackQuoted(std::string& line, size_t begin, absl::string_view* cell) {
  size_t to = begin;
  for (size_t from = begin + 1; from < line.size(); ++from) {
    if (line[from] != '"') {
      line[to++] = line[from];
      continue;
    }
    const bool is_doubled = from + 1 < line.size() && line[from + 1] == '"';
    if (!is_doubled) {
      *cell = absl::string_view(line).substr(begin, to - begin);
      return from + 1;
    }
    line[to++] = line[from++];
  }
  return line.npos;
}

// NaN and infinity are numbers here, though none that can be used.
bool LooksLikeNumber(absl::string_view cell) {
  double number;
  return absl::SimpleAtod(cell, &number);
}

bool IsName(absl::string_view cell) {
  if (cell.empty()) return false;
  for (const absl::string_view missing : {"na", "n/a", "null", "none"}) {
    if (absl::EqualsIgnoreCase(cell, missing)) return false;
  }
  const auto first = static_cast<unsigned char>(cell.front());
  if (absl::ascii_isalpha(first) || first == '_') return true;
  // A currency sign, a minus or a blank of Unicode stands before digits.
  return first >= 0x80 &&
         std::none_of(cell.begin(), cell.end(), [](unsigned char byte) {
           return absl::ascii_isdigit(byte);
         });
}

}  // namespace

char FindSeparator(absl::string_view line) {
  bool is_quoted = false;
  bool follows_cell = false;  // not a comma, nor the begin of the line
  bool has_tab = false;       // since that cell's last character
  bool separates = false;     // some tab between two cells
  for (const char c : line) {
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted || c == ' ') continue;
    if (c == ';') return ';';
    if (c == '\t') {
      has_tab = true;
      continue;
    }
    if (has_tab && follows_cell && c != ',') separates = true;
    has_tab = false;
    follows_cell = c != ',';
  }
  return separates ? '\t' : ',';
}

bool SplitCsvLine(std::string* line, char separator, size_t max_cells,
                  std::vector<absl::string_view>* cells) {
  cells->clear();
  const auto skip_blanks = [line, separator](size_t place) {
    while (place < line->size() && (*line)[place] != separator &&
           ((*line)[place] == ' ' || (*line)[place] == '\t')) {
      ++place;
    }
    return place;
  };
  for (size_t place = 0; cells->size() <= max_cells; ++place) {
    place = skip_blanks(place);
    absl::string_view cell;
    if (place < line->size() && (*line)[place] == '"') {
      place = UnpackQuoted(*line, place, &cell);
      if (place == line->npos) return false;
      place = skip_blanks(place);
      if (place < line->size() && (*line)[place] != separator) return false;
    } else {
      const size_t begin = place;
      place = std::min(line->find(separator, begin), line->size());
      cell = absl::string_view(*line).substr(begin, place - begin);
    }
    cells->push_back(absl::StripAsciiWhitespace(cell));
    if (place >= line->size()) break;
  }
  return true;
}

bool IsMissingCell(absl::string_view cell) {
  for (const absl::string_view missing :
       {"", "na", "n/a", "nan", "null", "?"}) {
    if (absl::EqualsIgnoreCase(cell, missing)) return true;
  }
  return false;
}

bool ParseCsvNumber(absl::string_view cell, double* number) {
  // SimpleAtod reads hexadecimal numbers as well.
  return cell.find_first_of("xX") == cell.npos &&
         absl::SimpleAtod(cell, number) &&
         std::abs(*number) <= std::numeric_limits<float>::max();
}

bool IsCsvHeader(const std::vector<absl::string_view>& cells) {
  return std::any_of(cells.begin(), cells.end(), IsName) &&
         std::none_of(cells.begin(), cells.end(), LooksLikeNumber);
}

}  // namespace hypergan::data
