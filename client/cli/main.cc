// hypergan-client: asks a hypergan-server, and shows its answers to people.
// Exit code 0: done (and SERVING, for health); 1: not, and a line on stderr
// says why.
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage_config.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/cli/text.h"
#include "client/cli/usage.h"
#include "client/cli/verbs.h"

namespace hypergan::client {
namespace {

constexpr char kUsage[] = R"(hypergan-client: asks a hypergan-server.

  hypergan-client predict --inputs=PATH [flags]
      rows of images or numbers: mean, deviation and scores
  hypergan-client compare --inputs=PATH --outside=PATH [flags]
      how well each score tells the two sets apart
  hypergan-client bench --inputs=PATH [--concurrency=C | --rate=R] [flags]
      how fast the server answers under load
  hypergan-client models [--model=NAME] [flags]
      what the server offers; with --model, all about one
  hypergan-client health [--service=NAME] [flags]
      SERVING or NOT_SERVING

Exit code 0: done, and for health SERVING; 1: not, stderr says why.)";

void PrintHelp() {
  std::cout << kUsage << "\n\nFlags:\n"
            << DescribeFlags("client/cli/flags.cc")
            << "  --flagfile=FILE\n      read flags from a file, one a line\n"
            << "  --version\n      print the version\n";
}

void SetVersion() {
  absl::FlagsUsageConfig config;
  config.version_string = [] {
    return std::string("hypergan-client " HYPERGAN_VERSION "\n");
  };
  absl::SetFlagsUsageConfig(config);
}

absl::Status RunVerb(const std::string& verb, bool* done) {
  *done = true;
  if (verb == "predict") return RunPredict();
  if (verb == "compare") return RunCompare();
  if (verb == "bench") return RunBench();
  if (verb == "models") return RunModels();
  if (verb == "health") return RunHealth(done);
  return absl::InvalidArgumentError(absl::StrCat(
      "expected predict, compare, bench, models or health, got '", verb, "'"));
}

int Main(int argc, char** argv) {
  if (AsksForHelp(argc, argv)) {
    PrintHelp();
    return 0;
  }
  SetVersion();
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  bool done = false;
  absl::Status status;
  if (arguments.size() == 2) {
    status = RunVerb(arguments[1], &done);
  } else {
    status = absl::InvalidArgumentError(absl::StrCat(
        "expected one verb (predict, compare, bench, models or health), "
        "got ",
        arguments.size() - 1, ": see --help"));
  }
  if (!status.ok()) {
    std::cerr << "hypergan-client: " << absl::StatusCodeToString(status.code())
              << ": " << Printable(std::string(status.message())) << "\n";
    return 1;
  }
  return done && std::cout.flush() ? 0 : 1;
}

}  // namespace
}  // namespace hypergan::client

int main(int argc, char** argv) { return hypergan::client::Main(argc, argv); }
