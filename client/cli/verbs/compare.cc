#include <iostream>
#include <optional>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/cli/ask.h"
#include "client/cli/connect.h"
#include "client/cli/flags.h"
#include "client/cli/question.h"
#include "client/cli/terminal/text.h"
#include "client/cli/verbs/verbs.h"
#include "client/cli/views/comparison.h"
#include "client/cli/views/json.h"

namespace hypergan::client {
namespace {

constexpr int64_t kComparedRows = 500;

// Each set would be asked as many networks as it needs, or has time for.
absl::Status CheckFlags() {
  if (!absl::GetFlag(FLAGS_target_standard_error) &&
      !absl::GetFlag(FLAGS_max_networks) &&
      !absl::GetFlag(FLAGS_allow_partial) && !absl::GetFlag(FLAGS_stream)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "compare puts both sets to the same networks: expected none of "
      "--target_standard_error, --max_networks, --allow_partial and --stream");
}

absl::StatusOr<Prediction> AskAbout(const std::string& flag,
                                    const std::vector<std::string>& paths,
                                    const Client& client, const Model& model,
                                    std::optional<uint64_t> seed) {
  HG_ASSIGN_OR_RETURN(const data::Dataset dataset,
                      ReadInputsByFlags(flag, paths, model));
  const int64_t count = absl::GetFlag(FLAGS_rows);
  if (count < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--rows: expected a number of rows, got ", count));
  }
  return AskWithProgress(
      client, model, dataset,
      SpreadRows(count == 0 ? kComparedRows : count, dataset.rows),
      AskOptionsByFlags(model, seed));
}

std::string Heading(const Prediction& inside, const Prediction& outside,
                    const std::string& inside_name,
                    const std::string& outside_name) {
  return absl::StrFormat(
      "%s version %s, %d networks\n"
      "inside:  %d rows of %s\n"
      "outside: %d rows of %s\n\n",
      Printable(inside.model), Printable(inside.model_version),
      inside.num_networks, inside.rows, inside_name, outside.rows,
      outside_name);
}

}  // namespace

absl::Status RunCompare() {
  HG_ASSIGN_OR_RETURN(const Style style, StyleByFlags());
  HG_RETURN_IF_ERROR(CheckFlags());
  HG_ASSIGN_OR_RETURN(
      const Client client,
      ConnectByFlags(kDefaultDeadline, RetryPolicy().max_attempts));
  HG_ASSIGN_OR_RETURN(const Model model, ModelByFlags(client));
  const std::vector<std::string> inside_paths = absl::GetFlag(FLAGS_inputs);
  const std::vector<std::string> outside_paths = absl::GetFlag(FLAGS_outside);
  HG_ASSIGN_OR_RETURN(const Prediction inside,
                      AskAbout("inputs", inside_paths, client, model,
                               absl::GetFlag(FLAGS_seed)));
  if (!inside.seed) {
    return absl::FailedPreconditionError(
        "the server's networks come from a pool: compare needs a --seed, so "
        "that both sets are put to the same networks");
  }
  // The same networks for both sets: only the rows differ.
  HG_ASSIGN_OR_RETURN(
      const Prediction outside,
      AskAbout("outside", outside_paths, client, model, inside.seed));
  HG_RETURN_IF_ERROR(CheckSameNetworks(inside, outside));

  const std::vector<ScoreComparison> comparisons =
      CompareScores(inside, outside);
  if (comparisons.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--networks: expected as many as a score takes, two or more, got ",
        inside.num_networks));
  }
  const std::string inside_name = absl::StrJoin(inside_paths, ",");
  const std::string outside_name = absl::StrJoin(outside_paths, ",");
  if (absl::GetFlag(FLAGS_json)) {
    std::cout << ComparisonJson(comparisons, inside, inside_name, outside_name);
  } else {
    std::cout << Heading(inside, outside, inside_name, outside_name)
              << RenderComparison(comparisons, style);
  }
  return absl::OkStatus();
}

}  // namespace hypergan::client
