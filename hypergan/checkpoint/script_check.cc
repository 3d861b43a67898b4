#include "hypergan/checkpoint/script_check.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace hypergan {
namespace {

constexpr size_t kMaxBrackets = 256;
constexpr int64_t kMaxIndentation = 512;
constexpr int64_t kMaxElif = 512;
constexpr int64_t kMaxTokens = 2048;

bool IsWordCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Reads source by its words and signs, as far as depth is concerned.
class Scanner {
 public:
  explicit Scanner(absl::string_view source) : rest_(source) {}

  absl::Status Run() {
    while (!rest_.empty()) {
      if (at_line_start_) HG_RETURN_IF_ERROR(Indentation());
      if (rest_.empty()) break;
      HG_RETURN_IF_ERROR(Next());
    }
    return absl::OkStatus();
  }

 private:
  // One level of brackets.
  struct Level {
    int64_t tokens = 0;   // since the last comma
    int64_t inside = 0;   // the depth of the brackets since then
    int64_t deepest = 0;  // of what stands before that comma
    int64_t depth() const { return tokens + inside; }
  };

  absl::Status Refused(const char* what) const {
    return absl::InvalidArgumentError(absl::StrCat("line ", line_, ": ", what));
  }

  absl::Status Indentation() {
    at_line_start_ = false;
    const size_t columns =
        std::min(rest_.find_first_not_of(" \t"), rest_.size());
    rest_.remove_prefix(columns);
    return static_cast<int64_t>(columns) > kMaxIndentation
               ? Refused("it is indented too far")
               : absl::OkStatus();
  }

  absl::Status Next() {
    const char c = rest_.front();
    if (c == '\n') return NewLine();
    if (c == '#') return Skip(std::min(rest_.find('\n'), rest_.size()));
    if (c == '"' || c == '\'') return Text(c);
    if (c == '\\') return Refused("a line that is continued");
    if (absl::ascii_isspace(c)) return Skip(1);
    if (IsWordCharacter(c)) return Word();
    rest_.remove_prefix(1);
    if (c == '(' || c == '[' || c == '{') return Open();
    if (c == ')' || c == ']' || c == '}') return Close();
    if (c == ',') {
      Level& level = levels_.back();
      level = {.deepest = std::max(level.deepest, level.depth())};
      return absl::OkStatus();
    }
    return Count();
  }

  absl::Status Skip(size_t count) {
    rest_.remove_prefix(count);
    return absl::OkStatus();
  }

  absl::Status NewLine() {
    ++line_;
    at_line_start_ = true;
    if (levels_.size() == 1) levels_.back() = {};
    return Skip(1);
  }

  // A string, in one line or between three quotes.
  absl::Status Text(char quote) {
    const absl::string_view three(quote == '"' ? "\"\"\"" : "'''");
    const bool is_long = absl::StartsWith(rest_, three);
    const absl::string_view end = is_long ? three : three.substr(0, 1);
    rest_.remove_prefix(end.size());
    while (!absl::StartsWith(rest_, end)) {
      if (rest_.empty() || (rest_.front() == '\n' && !is_long)) {
        return Refused("a string without an end");
      }
      if (rest_.front() == '\n') ++line_;
      rest_.remove_prefix(
          std::min(size_t{rest_.front() == '\\' ? 2u : 1u}, rest_.size()));
    }
    rest_.remove_prefix(end.size());
    return Count();
  }

  absl::Status Word() {
    size_t end = 0;
    while (end < rest_.size() && IsWordCharacter(rest_[end])) ++end;
    if (rest_.substr(0, end) == "elif" && ++elifs_ > kMaxElif) {
      return Refused("too many elif");
    }
    rest_.remove_prefix(end);
    return Count();
  }

  absl::Status Open() {
    HG_RETURN_IF_ERROR(Count());
    levels_.emplace_back();
    return levels_.size() > kMaxBrackets ? Refused("too many brackets")
                                         : absl::OkStatus();
  }

  absl::Status Close() {
    if (levels_.size() == 1) return Refused("a bracket that was not opened");
    const Level level = levels_.back();
    levels_.pop_back();
    Level& outer = levels_.back();
    outer.inside = std::max({outer.inside, level.deepest, level.depth()});
    return Check();
  }

  absl::Status Count() {
    ++levels_.back().tokens;
    return Check();
  }

  absl::Status Check() const {
    return levels_.back().depth() > kMaxTokens
               ? Refused("an expression is too long")
               : absl::OkStatus();
  }

  absl::string_view rest_;
  std::vector<Level> levels_ = std::vector<Level>(1);
  int64_t line_ = 1;
  int64_t elifs_ = 0;
  bool at_line_start_ = true;
};

}  // namespace

absl::Status CheckScript(absl::string_view source) {
  return Scanner(source).Run();
}

}  // namespace hypergan
