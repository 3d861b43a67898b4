#include "base/bash_completion.h"

#include <set>

#include "absl/flags/commandlineflag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/usage.h"

namespace hypergan {
namespace {

// NAME is the program's name, FUNCTION its form as an identifier. Bash splits
// "--flag=value" at the sign, so that the value has words of its own.
constexpr char kScript[] =
    R"(# Completion of @NAME@: source <(@NAME@ completion bash)
@FUNCTION@() {
  local word=${COMP_WORDS[COMP_CWORD]} flag='' verb='' i
  if [[ $word == '=' ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 1]} word=''
  elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $flag in
    '') ;;
@CHOICES@    *)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
  esac
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      @VERBS@ | completion)
        verb=${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  local words='@HELP@'
  case $verb in
@FLAGS@    completion) words=bash ;;
    '') words+=' @WORDS@' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -F @FUNCTION@ @NAME@
)";

std::string FlagWord(const absl::CommandLineFlag& flag) {
  return absl::StrCat("--", flag.Name(), flag.IsOfType<bool>() ? "" : "=");
}

std::string Case(const std::string& pattern, const std::string& values) {
  return absl::StrCat("    ", pattern, ")\n",
                      "      mapfile -t COMPREPLY < <(compgen -W '", values,
                      "' -- \"$word\")\n      return\n      ;;\n");
}

}  // namespace

std::string BashCompletion(const Program& program) {
  const std::set<std::string> verbs = VerbNames(program);
  std::string flags;
  for (const std::string& verb : verbs) {
    std::vector<std::string> words;
    for (const absl::CommandLineFlag* flag : FlagsOf(program.flags_folder)) {
      if (BelongsTo(*flag, verb, verbs)) words.push_back(FlagWord(*flag));
    }
    absl::StrAppend(&flags, "    ", verb, ") words+=' ",
                    absl::StrJoin(words, " "), "' ;;\n");
  }
  std::string choices;
  for (const auto& [flag, values] : program.choices) {
    absl::StrAppend(&choices, Case("--" + flag, absl::StrJoin(values, " ")));
  }
  for (const absl::CommandLineFlag* flag : FlagsOf(program.flags_folder)) {
    if (!flag->IsOfType<bool>()) continue;
    absl::StrAppend(&choices,
                    Case(absl::StrCat("--", flag->Name()), "true false"));
  }
  return absl::StrReplaceAll(
      kScript,
      {{"@NAME@", program.name},
       {"@FUNCTION@",
        absl::StrCat("_", absl::StrReplaceAll(program.name, {{"-", "_"}}))},
       {"@CHOICES@", choices},
       {"@FLAGS@", flags},
       {"@VERBS@", absl::StrJoin(verbs, " | ")},
       {"@HELP@", "--help --flagfile="},
       {"@WORDS@",
        absl::StrCat(absl::StrJoin(verbs, " "), " completion --version")}});
}

}  // namespace hypergan
