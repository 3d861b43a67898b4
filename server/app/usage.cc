#include "server/app/usage.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"

namespace hypergan::server {
namespace {

std::vector<const absl::CommandLineFlag*> FlagsOf(std::string_view file) {
  std::vector<const absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (std::string_view(flag->Filename()).ends_with(file)) {
      flags.push_back(flag);
    }
  }
  std::sort(flags.begin(), flags.end(),
            [](const auto* a, const auto* b) { return a->Name() < b->Name(); });
  return flags;
}

}  // namespace

bool AsksForHelp(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-help") return true;
  }
  return false;
}

void PrintUsage(std::string_view summary, std::string_view file,
                std::ostream& out) {
  out << summary << "\n\nFlags:\n";
  for (const absl::CommandLineFlag* flag : FlagsOf(file)) {
    out << "  --" << flag->Name() << "=" << flag->DefaultValue() << "\n      "
        << flag->Help() << "\n";
  }
  out << "  --flagfile=FILE\n      Read flags from a file, one a line\n"
      << "  --version\n      Print the version\n";
}

}  // namespace hypergan::server
