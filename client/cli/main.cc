// hypergan-client: asks a hypergan-server, and shows its answers to people.
// Exit code 0: done (and SERVING, for health); 1: not, and a line on stderr
// says why (health: the state on stdout).
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/bash_completion.h"
#include "base/command_line.h"
#include "base/signals.h"
#include "client/cli/terminal/text.h"
#include "client/cli/verbs/verbs.h"

namespace hypergan::client {
namespace {

constexpr char kUsage[] = R"(hypergan-client: asks a hypergan-server.
VERB --help shows the flags of a verb, the ones that matter first.

  hypergan-client predict --inputs=PATH [flags]
      rows of images or numbers: mean, deviation and scores
  hypergan-client explain --inputs=PATH --row=I [flags]
      all that the networks say about one row, and how they differ
  hypergan-client compare --inputs=PATH --outside=PATH [flags]
      how well each score tells the two sets apart
  hypergan-client bench --inputs=PATH [--concurrency=C | --rate=R] [flags]
      how fast the server answers under load
  hypergan-client models [--model=NAME] [flags]
      what the server offers; with --model, all about one
  hypergan-client health [--service=NAME] [flags]
      SERVING or NOT_SERVING
  hypergan-client completion bash
      a script that completes verbs and flags: source <(hypergan-client completion bash)

Exit code 0: done, and for health SERVING; 1: not, and stderr says why, or
for health the state on stdout.)";

Program Description() {
  return {.name = "hypergan-client",
          .version = HYPERGAN_VERSION,
          .usage = kUsage,
          .flags_folder = "client/cli/",
          .verbs = {{"predict",
                     {"inputs", "server", "model", "rows", "networks", "seed",
                      "coverage", "labels", "json", "target_columns"}},
                    {"explain",
                     {"inputs", "row", "server", "model", "networks", "seed",
                      "coverage", "labels", "json"}},
                    {"compare",
                     {"inputs", "outside", "server", "model", "rows",
                      "networks", "seed", "json"}},
                    {"bench",
                     {"inputs", "server", "model", "concurrency", "rate",
                      "rows", "networks", "duration", "json"}},
                    {"models", {"server", "model", "json"}},
                    {"health", {"server", "service", "deadline"}}},
          .choices = {{"style", {"ascii", "unicode", "ansi", "auto"}}}};
}

absl::Status RunVerb(const std::string& verb, bool* done) {
  *done = true;
  if (verb == "predict") return RunPredict();
  if (verb == "explain") return RunExplain();
  if (verb == "compare") return RunCompare();
  if (verb == "bench") return RunBench();
  if (verb == "models") return RunModels();
  if (verb == "health") return RunHealth(done);
  return absl::InvalidArgumentError(absl::StrCat(
      "expected predict, explain, compare, bench, models, health or "
      "completion, got '",
      verb, "'"));
}

absl::Status PrintCompletion(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2 || arguments[1] != "bash") {
    return absl::InvalidArgumentError(
        "expected `completion bash`, got another shell or none");
  }
  std::cout << BashCompletion(Description());
  return absl::OkStatus();
}

// One verb, or the answer to --help or --version.
absl::Status Run(const CommandLine& line, bool* done) {
  if (line.answer) {
    *done = true;
    std::cout << *line.answer;
    return absl::OkStatus();
  }
  if (!line.arguments.empty() && line.arguments[0] == "completion") {
    *done = true;
    return PrintCompletion(line.arguments);
  }
  if (line.arguments.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected one verb (predict, explain, compare, bench, models or "
        "health), got ",
        line.arguments.size(), ": see --help"));
  }
  return RunVerb(line.arguments[0], done);
}

int Main(int argc, char** argv) {
  IgnoreFileSizeSignal();
  const auto line = ParseCommandLine(Description(), argc, argv);
  bool done = false;
  absl::Status status = line.ok() ? Run(*line, &done) : line.status();
  if (status.ok() && !std::cout.flush()) {
    status = absl::DataLossError(
        "the answer could not be written to standard output");
  }
  if (status.ok()) return done ? 0 : 1;
  std::cerr << "hypergan-client: " << absl::StatusCodeToString(status.code())
            << ": " << Printable(std::string(status.message())) << "\n";
  return 1;
}

}  // namespace
}  // namespace hypergan::client

int main(int argc, char** argv) {
  // What gRPC would write, our messages say in one line.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return hypergan::client::Main(argc, argv);
}
