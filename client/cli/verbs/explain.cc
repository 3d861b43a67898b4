#include <iostream>
#include <utility>

#include "absl/flags/flag.h"
#include "base/status_macros.h"
#include "client/cli/answer.h"
#include "client/cli/connect.h"
#include "client/cli/flags.h"
#include "client/cli/question.h"
#include "client/cli/verbs/verbs.h"
#include "client/cli/views/explanation_view.h"
#include "client/cli/views/json.h"

namespace hypergan::client {

absl::Status RunExplain() {
  AnswerViewOptions view;
  HG_ASSIGN_OR_RETURN(view.style, StyleByFlags());
  view.all_classes = absl::GetFlag(FLAGS_all_classes);
  HG_ASSIGN_OR_RETURN(
      const Client client,
      ConnectByFlags(kDefaultDeadline, RetryPolicy().max_attempts));
  HG_ASSIGN_OR_RETURN(const Model model, ModelByFlags(client));
  HG_ASSIGN_OR_RETURN(const data::Dataset dataset, ReadLabelledInputs(model));
  HG_ASSIGN_OR_RETURN(
      std::vector<int64_t> rows,
      RowRange("--row", absl::GetFlag(FLAGS_row), 1, dataset.rows));
  AskOptions options = AskOptionsByFlags(model, absl::GetFlag(FLAGS_seed));
  options.network_outputs = true;
  HG_ASSIGN_OR_RETURN(Prediction prediction,
                      AskWithProgress(client, model, dataset, rows, options));
  const Answer answer{model, dataset, std::move(rows), std::move(prediction)};
  std::cout << (absl::GetFlag(FLAGS_json) ? ExplanationJson(answer)
                                          : RenderExplanation(answer, view));
  return absl::OkStatus();
}

}  // namespace hypergan::client
