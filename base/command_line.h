#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hypergan {

// A program, as its help describes it.
struct Program {
  std::string name;     // "hypergan-trainer"
  std::string version;  // "1.2.3"
  std::string usage;    // what it does, and how it is called; several lines
  std::string flags_folder;  // its flags are defined below it: "trainer/app/"
  // Old names of flags and the names that they have now. An old name goes on
  // working, with a warning.
  std::map<std::string, std::string> renamed_flags = {};
  // The program's verbs, each with the flags that its help shows first. A flag
  // belongs to the verbs that its meaning begins with, as in "train, plot: how
  // many ...", or to all of them.
  std::map<std::string, std::vector<std::string>> verbs = {};
  // The values of flags that have few, for completion.
  std::map<std::string, std::vector<std::string>> choices = {};
};

std::set<std::string> VerbNames(const Program& program);

struct CommandLine {
  // What is no flag, without the program's own name.
  std::vector<std::string> arguments;
  // What the user asked to read, by --help or --version: to be printed on
  // stdout instead of doing anything, with exit code 0. Ends with a newline.
  std::optional<std::string> answer;
  // Names of the flags that were set, as the program has them now.
  std::set<std::string> given;
  // One line each, for stderr: flags that were given by an old name.
  std::vector<std::string> warnings;
};

// Reads a command line and sets the program's flags, which are Abseil's.
//
//   --name=value, --name value   sets a flag; one dash does as well
//   --name, --noname             sets a flag that is true or false
//   --name=30                    of a time: seconds
//   --name=16MiB                 of a whole number: KiB, MiB and GiB count
//   --flagfile=FILE[,FILE]       reads flags from files (base/flag_file.h),
//                                which may name further files
//   --                           the rest is no flags
//   --help, -h, help             asks for all flags; so does --helpfull
//   VERB --help                  asks for the flags of a verb, also with flags
//                                before it
//   --help=WORD                  asks for the flags that have to do with WORD
//   --version                    asks for the version; where the program has a
//                                flag of that name, it is set by
//                                --version=VALUE
//
// Help is answered whatever else is on the line. Everything that is wrong is
// INVALID_ARGUMENT with what was expected and what came; flags before it may be
// set already. Abseil's own parser ends the process at what is wrong, answers
// --help with exit code 1, and reads files of flags without a bound.
absl::StatusOr<CommandLine> ParseCommandLine(const Program& program, int argc,
                                             const char* const* argv);

}  // namespace hypergan
