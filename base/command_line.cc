#include "base/command_line.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/flag_file.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "base/usage.h"

namespace hypergan {
namespace {

// Files of flags that name files of flags, a file that names itself among them.
constexpr int kMaxDepth = 8;
constexpr int kMaxFiles = 64;

// "--name" or "--name=value", with one dash or two.
struct FlagText {
  std::string name;
  std::optional<std::string> value;
};

bool LooksLikeFlag(absl::string_view word) {
  return word.size() > 1 && word[0] == '-' && word != "--";
}

FlagText Split(absl::string_view word) {
  word.remove_prefix(absl::StartsWith(word, "--") ? 2 : 1);
  const std::vector<std::string> parts =
      absl::StrSplit(word, absl::MaxSplits('=', 1));
  if (parts.size() == 1) return {parts[0], std::nullopt};
  return {parts[0], parts[1]};
}

bool IsHelpName(absl::string_view name) {
  return name == "h" || name == "help" || name == "helpfull" ||
         name == "helpshort" || name == "helppackage" || name == "helpon" ||
         name == "helpmatch";
}

bool IsDigits(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

std::string Expected(const absl::CommandLineFlag& flag) {
  if (flag.IsOfType<bool>()) return "true or false";
  if (flag.IsOfType<int>()) return "a whole number of 32 bits";
  if (flag.IsOfType<int64_t>()) {
    return "a whole number of 64 bits, as 1000 or 16MiB";
  }
  if (flag.IsOfType<uint64_t>() || flag.IsOfType<std::optional<uint64_t>>()) {
    return "a whole number of 64 bits that is not negative";
  }
  if (flag.IsOfType<double>() || flag.IsOfType<std::optional<double>>()) {
    return "a number";
  }
  if (flag.IsOfType<absl::Duration>()) return "a time, as 30, 500ms or 1m";
  return "another value";
}

// `value` as the flag's own parser reads it: seconds for a time without a unit,
// and a whole number for one of KiB, MiB or GiB.
std::string WithUnit(const absl::CommandLineFlag& flag,
                     const std::string& value) {
  double seconds = 0;
  if (flag.IsOfType<absl::Duration>() && value != "0" &&
      absl::SimpleAtod(value, &seconds) && std::isfinite(seconds)) {
    return absl::StrCat(value, "s");
  }
  if (!flag.IsOfType<int64_t>() || value.size() < 4) return value;
  for (const auto& [unit, shift] :
       {std::pair("KiB", 10), std::pair("MiB", 20), std::pair("GiB", 30)}) {
    int64_t count = 0;
    const bool has_unit =
        absl::EndsWith(value, unit) &&
        IsDigits(absl::StripSuffix(value, unit)) &&
        absl::SimpleAtoi(absl::StripSuffix(value, unit), &count);
    // What overflows is left as it is, and refused.
    if (has_unit && count <= (std::numeric_limits<int64_t>::max() >> shift)) {
      return absl::StrCat(count << shift);
    }
  }
  return value;
}

class Parser {
 public:
  explicit Parser(const Program& program) : program_(program) {}

  absl::StatusOr<CommandLine> Parse(const std::vector<std::string>& words) {
    if (const auto help = AskedForHelp(words)) {
      const std::string verb = FirstVerb(words);
      line_.answer =
          help->empty() && !verb.empty() ? VerbHelp(verb) : Help(*help);
      return line_;
    }
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "--") {
        line_.arguments.insert(line_.arguments.end(), words.begin() + i + 1,
                               words.end());
        break;
      }
      if (!LooksLikeFlag(words[i])) {
        line_.arguments.push_back(words[i]);
        continue;
      }
      const std::string* next = i + 1 < words.size() ? &words[i + 1] : nullptr;
      bool took_next = false;
      HG_RETURN_IF_ERROR(ParseFlag("", words[i], next, &took_next));
      if (took_next) ++i;
    }
    if (!line_.arguments.empty() && line_.arguments[0] == "help") {
      line_.answer = Help("");
    }
    return line_;
  }

 private:
  // The word that help is asked about, empty for all of it.
  static std::optional<std::string> AskedForHelp(
      const std::vector<std::string>& words) {
    if (!words.empty() && words[0] == "help") return "";
    for (const std::string& word : words) {
      if (word == "--") break;
      if (!LooksLikeFlag(word)) continue;
      const FlagText flag = Split(word);
      if (!IsHelpName(flag.name)) continue;
      bool wanted = false;
      if (!flag.value || flag.value->empty()) return "";
      if (!absl::SimpleAtob(*flag.value, &wanted)) return flag.value;
      if (wanted) return "";
    }
    return std::nullopt;
  }

  // Empty if there is none before "--".
  std::string FirstVerb(const std::vector<std::string>& words) const {
    for (const std::string& word : words) {
      if (word == "--") break;
      if (program_.verbs.contains(word)) return word;
    }
    return "";
  }

  std::string Help(const std::string& word) const {
    const std::string flags = DescribeFlags(program_.flags_folder, word);
    if (!word.empty()) {
      if (!flags.empty()) {
        return absl::StrCat("Flags of ", program_.name, " about ", Quoted(word),
                            ":\n", flags);
      }
      return absl::StrCat("No flag of ", program_.name, " is about ",
                          Quoted(word), "; --help shows all.\n");
    }
    return absl::StrCat(program_.usage, "\n\nFlags:\n", flags,
                        "  --flagfile=FILE\n"
                        "      read flags from a file, one a line\n"
                        "  --help, --help=WORD\n"
                        "      print this, or the flags about a word\n"
                        "  --version\n"
                        "      print the program's version\n");
  }

  std::string VerbHelp(const std::string& verb) const {
    return absl::StrCat(
        "Flags of ", program_.name, " ", verb, ":\n",
        DescribeVerb(program_.flags_folder, verb, VerbNames(program_),
                     program_.verbs.at(verb)),
        "\nThe other verbs: ", program_.name, " --help\n");
  }

  // `next` is the word that follows, null if none does.
  absl::Status ParseFlag(const std::string& place, const std::string& word,
                         const std::string* next, bool* took_next) {
    FlagText text = WithPresentName(place, Split(word));
    absl::CommandLineFlag* flag = FindFlag(program_.flags_folder, text.name);
    if (AsksForVersion(text, next)) {
      line_.answer = absl::StrCat(program_.name, " ", program_.version, "\n");
      return absl::OkStatus();
    }
    if (IsHelpName(text.name)) {
      const auto help = AskedForHelp({word});
      if (help && !line_.answer) line_.answer = Help(*help);
      return absl::OkStatus();
    }
    if (flag == nullptr && absl::StartsWith(text.name, "no")) {
      flag = FindFlag(program_.flags_folder, text.name.substr(2));
      const bool is_negative = flag != nullptr && flag->IsOfType<bool>();
      if (is_negative && !text.value) return Set(place, *flag, "false");
      flag = nullptr;
    }
    const bool is_file = text.name == "flagfile";
    if (flag == nullptr && !is_file) {
      return absl::InvalidArgumentError(absl::StrCat(
          place, "expected a flag of ", program_.name, ", got ",
          Quoted(absl::StrCat("--", text.name)), "; --help lists them"));
    }
    if (!is_file && flag->IsOfType<bool>()) {
      return Set(place, *flag, text.value.value_or("true"));
    }
    if (!text.value && next != nullptr && !NamesAFlag(*next)) {
      text.value = *next;
      *took_next = true;
    }
    if (!text.value) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, "--", text.name, ": expected a value, as --",
                       text.name, "=VALUE, got none"));
    }
    return is_file ? ParseFiles(*text.value) : Set(place, *flag, *text.value);
  }

  FlagText WithPresentName(const std::string& place, FlagText text) {
    const auto renamed = program_.renamed_flags.find(text.name);
    if (renamed == program_.renamed_flags.end()) return text;
    // A file of flags can hold a line many times.
    if (warned_.insert(text.name).second) {
      line_.warnings.push_back(absl::StrCat(place, "--", text.name,
                                            " is the old name of --",
                                            renamed->second, ", use that"));
    }
    return {renamed->second, std::move(text.value)};
  }

  // A bare --version. A number after it makes it the flag of that name.
  bool AsksForVersion(const FlagText& text, const std::string* next) const {
    if (text.name != "version" || text.value) return false;
    return FindFlag(program_.flags_folder, text.name) == nullptr ||
           next == nullptr || !IsDigits(*next);
  }

  // A value that is forgotten must not swallow the flag after it.
  bool NamesAFlag(const std::string& word) const {
    if (word == "--") return true;
    if (!LooksLikeFlag(word)) return false;
    const std::string name = Split(word).name;
    return name == "flagfile" || program_.renamed_flags.contains(name) ||
           FindFlag(program_.flags_folder, name) != nullptr;
  }

  absl::Status Set(const std::string& place, absl::CommandLineFlag& flag,
                   const std::string& value) {
    std::string error;
    if (flag.ParseFrom(WithUnit(flag, value), &error)) {
      line_.given.insert(std::string(flag.Name()));
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrCat(place, "--", flag.Name(), ": expected ", Expected(flag),
                     ", got ", Quoted(value)));
  }

  absl::Status ParseFiles(const std::string& paths) {
    if (depth_ == kMaxDepth) {
      return absl::InvalidArgumentError(
          absl::StrCat("--flagfile: ", Quoted(paths, 255),
                       ": expected files that name each other at most ",
                       kMaxDepth, " deep; does one name itself?"));
    }
    ++depth_;
    for (const std::string& path :
         std::vector<std::string>(absl::StrSplit(paths, ','))) {
      if (++files_ > kMaxFiles) {
        return absl::InvalidArgumentError(absl::StrCat(
            "--flagfile: expected at most ", kMaxFiles, " files, got more"));
      }
      HG_ASSIGN_OR_RETURN(const std::vector<FlagLine> lines,
                          ReadFlagFile(path));
      for (const FlagLine& line : lines) {
        bool took_next = false;
        HG_RETURN_IF_ERROR(
            ParseFlag(line.place, line.text, nullptr, &took_next));
      }
    }
    --depth_;
    return absl::OkStatus();
  }

  const Program& program_;
  CommandLine line_;
  std::set<std::string> warned_;  // old names
  int depth_ = 0;
  int files_ = 0;
};

}  // namespace

std::set<std::string> VerbNames(const Program& program) {
  std::set<std::string> names;
  for (const auto& [name, first] : program.verbs) names.insert(name);
  return names;
}

absl::StatusOr<CommandLine> ParseCommandLine(const Program& program, int argc,
                                             const char* const* argv) {
  return Parser(program).Parse(
      std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

}  // namespace hypergan
