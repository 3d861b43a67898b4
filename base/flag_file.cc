#include "base/flag_file.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/regular_file.h"
#include "base/status_macros.h"

namespace hypergan {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;

}  // namespace

absl::StatusOr<std::vector<FlagLine>> ReadFlagFile(const std::string& path) {
  HG_ASSIGN_OR_RETURN(const std::string text,
                      Named("--flagfile", ReadRegularFile(path, kMaxBytes)));
  std::vector<FlagLine> lines;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    const std::string place = absl::StrCat(path, ":", number, ": ");
    if (line[0] != '-' || line == "-" || line == "--") {
      return absl::InvalidArgumentError(
          absl::StrCat(place, "expected a flag, as --name=value, got ",
                       Quoted(std::string(line))));
    }
    lines.push_back({std::string(line), place});
  }
  return lines;
}

}  // namespace hypergan
