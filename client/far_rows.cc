#include "client/far_rows.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace hypergan::client {
namespace {

constexpr size_t kMaxWarnings = 8;
constexpr int64_t kMaxRow = int64_t{1} << 40;

// "COUNT of ROWS rows are far ...; row ROW has ...", as the server says it.
struct FarRows {
  int64_t count = 0;
  int64_t row = 0;           // the first one
  absl::string_view middle;  // " rows are far ...; row "
  absl::string_view end;     // " has ..."
};

std::optional<int64_t> ConsumeNumber(absl::string_view& text) {
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());
  int64_t number = 0;
  if (!absl::SimpleAtoi(text.substr(0, digits), &number) || number > kMaxRow) {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return number;
}

std::optional<FarRows> Parse(absl::string_view text, int64_t rows) {
  constexpr absl::string_view kBeforeRow = "; row ";
  const std::optional<int64_t> count = ConsumeNumber(text);
  if (!count || !absl::ConsumePrefix(&text, absl::StrCat(" of ", rows))) {
    return std::nullopt;
  }
  const size_t place = text.find(kBeforeRow);
  if (!absl::StartsWith(text, " rows are far ") ||
      place == absl::string_view::npos) {
    return std::nullopt;
  }
  absl::string_view end = text.substr(place + kBeforeRow.size());
  const std::optional<int64_t> row = ConsumeNumber(end);
  if (!row || *count > rows || *row >= rows) return std::nullopt;
  return FarRows{*count, *row, text.substr(0, place + kBeforeRow.size()), end};
}

}  // namespace

std::vector<std::string> JoinWarnings(
    const std::vector<RequestWarnings>& requests) {
  if (requests.size() == 1) return requests.front().texts;
  std::optional<FarRows> far;
  std::vector<std::string> others;
  int64_t rows = 0;
  for (const RequestWarnings& request : requests) {
    rows += request.rows;
    for (const std::string& text : request.texts) {
      const std::optional<FarRows> more = Parse(text, request.rows);
      if (more && far) {
        far->count += more->count;
      } else if (more) {
        far = more;
        far->row += request.first_row;
      } else if (others.size() < kMaxWarnings) {
        others.push_back(absl::StrCat("rows ", request.first_row, " to ",
                                      request.first_row + request.rows - 1,
                                      ": ", text));
      }
    }
  }
  if (!far) return others;
  others.insert(others.begin(), absl::StrCat(far->count, " of ", rows,
                                             far->middle, far->row, far->end));
  if (others.size() > kMaxWarnings) others.pop_back();
  return others;
}

}  // namespace hypergan::client
