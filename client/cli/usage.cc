#include "client/cli/usage.h"

#include <map>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/text.h"

namespace hypergan::client {
namespace {

// The words of `text` in lines that begin with six blanks.
std::string Indented(absl::string_view text) {
  std::string lines;
  std::string line;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (DisplayWidth(line) + DisplayWidth(word) + 7 > kScreenColumns) {
      absl::StrAppend(&lines, "     ", line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, " ", word);
  }
  return absl::StrCat(lines, "     ", line, "\n");
}

}  // namespace

bool AsksForHelp(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-help") return true;
  }
  return false;
}

std::string DescribeFlags(absl::string_view file) {
  std::map<std::string, std::string> descriptions;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (!absl::EndsWith(flag->Filename(), file)) continue;
    descriptions[std::string(name)] =
        absl::StrCat("  --", std::string(name), "=", flag->DefaultValue(), "\n",
                     Indented(flag->Help()));
  }
  std::string text;
  for (const auto& [name, description] : descriptions) text += description;
  return text;
}

}  // namespace hypergan::client
