#include "base/usage.h"

#include <algorithm>

#include "absl/flags/reflection.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hypergan {
namespace {

constexpr size_t kColumns = 80;

// The words of `text` in lines that begin with six blanks.
std::string Indented(absl::string_view text) {
  std::string lines;
  std::string line;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (!line.empty() && 6 + line.size() + word.size() >= kColumns) {
      absl::StrAppend(&lines, "     ", line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, " ", word);
  }
  return absl::StrCat(lines, "     ", line, "\n");
}

bool Contains(absl::string_view text, absl::string_view word) {
  return absl::StrContains(absl::AsciiStrToLower(text),
                           absl::AsciiStrToLower(word));
}

bool IsBelow(const absl::CommandLineFlag& flag, absl::string_view folder) {
  const std::string file = flag.Filename();
  return absl::StartsWith(file, folder) ||
         absl::StrContains(file, absl::StrCat("/", folder));
}

std::string Describe(const absl::CommandLineFlag& flag) {
  return absl::StrCat("  --", flag.Name(), "=", flag.DefaultValue(), "\n",
                      Indented(flag.Help()));
}

// The verbs before the first colon of a flag's meaning; none if anything else
// stands there.
std::set<std::string> VerbsOf(absl::string_view help,
                              const std::set<std::string>& verbs) {
  const size_t end = help.find(": ");
  if (end == help.npos) return {};
  std::set<std::string> found;
  for (absl::string_view word : absl::StrSplit(help.substr(0, end), ',')) {
    word = absl::StripAsciiWhitespace(word);
    const std::string name(word.substr(0, word.find(' ')));
    if (!verbs.contains(name)) return {};
    found.insert(name);
  }
  return found;
}

}  // namespace

std::vector<const absl::CommandLineFlag*> FlagsOf(absl::string_view folder) {
  std::vector<const absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (IsBelow(*flag, folder)) flags.push_back(flag);
  }
  std::sort(flags.begin(), flags.end(),
            [](const auto* a, const auto* b) { return a->Name() < b->Name(); });
  return flags;
}

absl::CommandLineFlag* FindFlag(absl::string_view folder,
                                absl::string_view name) {
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  return flag != nullptr && IsBelow(*flag, folder) ? flag : nullptr;
}

bool BelongsTo(const absl::CommandLineFlag& flag, absl::string_view verb,
               const std::set<std::string>& verbs) {
  const std::set<std::string> owners = VerbsOf(flag.Help(), verbs);
  return owners.empty() || owners.contains(std::string(verb));
}

std::string DescribeFlags(absl::string_view folder, absl::string_view word) {
  std::string text;
  for (const absl::CommandLineFlag* flag : FlagsOf(folder)) {
    if (Contains(flag->Name(), word) || Contains(flag->Help(), word)) {
      absl::StrAppend(&text, Describe(*flag));
    }
  }
  return text;
}

std::string DescribeVerb(absl::string_view folder, absl::string_view verb,
                         const std::set<std::string>& verbs,
                         const std::vector<std::string>& first) {
  std::string text;
  for (const std::string& name : first) {
    if (const auto* flag = FindFlag(folder, name)) {
      absl::StrAppend(&text, Describe(*flag));
    }
  }
  if (!first.empty()) absl::StrAppend(&text, "\nMore flags:\n");
  for (const absl::CommandLineFlag* flag : FlagsOf(folder)) {
    const bool is_shown =
        std::find(first.begin(), first.end(), flag->Name()) != first.end();
    if (!is_shown && BelongsTo(*flag, verb, verbs)) {
      absl::StrAppend(&text, Describe(*flag));
    }
  }
  return text;
}

}  // namespace hypergan
