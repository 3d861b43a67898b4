#include <unistd.h>

#include <iostream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/answer.h"
#include "client/cli/connect.h"
#include "client/cli/flags.h"
#include "client/cli/question.h"
#include "client/cli/verbs/verbs.h"
#include "client/cli/views/answer_view.h"
#include "client/cli/views/json.h"
#include "data/idx.h"

namespace hypergan::client {
namespace {

constexpr int64_t kDefaultRows = 8;

absl::Status ReadLabels(const std::string& path, data::Dataset& dataset) {
  if (path.empty()) return absl::OkStatus();
  HG_ASSIGN_OR_RETURN(dataset.labels, data::ReadIdxLabels(path));
  const int64_t labels = static_cast<int64_t>(dataset.labels.size());
  if (labels == dataset.rows) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": expected ", dataset.rows, " labels, got ", labels));
}

}  // namespace

absl::Status RunPredict() {
  AnswerViewOptions view;
  HG_ASSIGN_OR_RETURN(view.style, ParseStyle(absl::GetFlag(FLAGS_style),
                                             isatty(STDOUT_FILENO) != 0));
  view.all_classes = absl::GetFlag(FLAGS_all_classes);
  HG_ASSIGN_OR_RETURN(
      const Client client,
      ConnectByFlags(kDefaultDeadline, RetryPolicy().max_attempts));
  HG_ASSIGN_OR_RETURN(const Model model, ModelByFlags(client));
  HG_ASSIGN_OR_RETURN(
      data::Dataset dataset,
      ReadInputsByFlags("inputs", absl::GetFlag(FLAGS_inputs), model));
  HG_RETURN_IF_ERROR(ReadLabels(absl::GetFlag(FLAGS_labels), dataset));

  const int64_t count = absl::GetFlag(FLAGS_rows);
  HG_ASSIGN_OR_RETURN(
      std::vector<int64_t> rows,
      RowRange(absl::GetFlag(FLAGS_first), count == 0 ? kDefaultRows : count,
               dataset.rows));
  HG_ASSIGN_OR_RETURN(
      Prediction prediction,
      AskByFlags(client, model, dataset, rows, absl::GetFlag(FLAGS_seed)));
  const Answer answer{model, dataset, std::move(rows), std::move(prediction)};
  std::cout << (absl::GetFlag(FLAGS_json) ? AnswerJson(answer)
                                          : RenderAnswer(answer, view));
  return absl::OkStatus();
}

}  // namespace hypergan::client
