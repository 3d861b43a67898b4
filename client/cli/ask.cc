#include "client/cli/ask.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace hypergan::client {
namespace {

Query MakeQuery(const Model& model, const data::Dataset& dataset,
                absl::Span<const int64_t> rows, const AskOptions& options) {
  Query query{.model = model.name,
              .model_version = model.version,
              .input_shape = model.manifest.input_shape,
              .num_networks = options.num_networks,
              .seed = options.seed,
              .network_outputs = options.network_outputs,
              .target_standard_error = options.target_standard_error,
              .max_networks = options.max_networks,
              .allow_partial = options.allow_partial,
              .coverage = options.coverage};
  query.input_shape.insert(query.input_shape.begin(),
                           static_cast<int64_t>(rows.size()));
  for (int64_t row : rows) {
    const std::vector<float> values = dataset.Row(row);
    query.inputs.insert(query.inputs.end(), values.begin(), values.end());
  }
  return query;
}

// What is shown later is read without further checks.
absl::Status CheckComplete(const Model& model, const AskOptions& options,
                           const Prediction& answer) {
  const Manifest& manifest = model.manifest;
  const bool classifies = manifest.task == Task::kClassification;
  for (const std::vector<int32_t>& set : answer.prediction_sets) {
    for (const int32_t index : set) {
      if (index >= 0 && index < manifest.num_outputs) continue;
      return absl::InternalError(absl::StrCat(
          "malformed answer: expected classes below ", manifest.num_outputs,
          " in prediction_sets, got ", index));
    }
  }
  bool complete = answer.num_outputs == manifest.num_outputs &&
                  !answer.mean.empty() && !answer.variance.empty() &&
                  !answer.scores.empty() &&
                  answer.classes.empty() == !classifies &&
                  answer.network_outputs.empty() == !options.network_outputs;
  for (const PredictedClass& predicted : answer.classes) {
    complete = complete && predicted.index >= 0 &&
               predicted.index < manifest.num_outputs;
  }
  if (complete) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "malformed answer: expected mean, variance, scores and classes of ",
      manifest.num_outputs, " outputs, got only part of them"));
}

}  // namespace

absl::Status CheckSameNetworks(const Prediction& first,
                               const Prediction& more) {
  if (more.num_networks == first.num_networks && more.seed == first.seed) {
    return absl::OkStatus();
  }
  return absl::InternalError(
      absl::StrCat("malformed answer: expected the ", first.num_networks,
                   " networks of the rows before, got ", more.num_networks,
                   " or of another seed"));
}

absl::Status CheckRows(const data::Dataset& dataset, const Model& model) {
  const std::vector<int64_t>& expected = model.manifest.input_shape;
  // A table's columns may be any shape in a row; an image's pixels may not.
  const bool fits = dataset.pixels.empty()
                        ? dataset.RowSize() == model.manifest.RowSize()
                        : dataset.row_shape == expected;
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("inputs: expected rows [", absl::StrJoin(expected, ", "),
                   "] as ", model.name, " takes them, got [",
                   absl::StrJoin(dataset.row_shape, ", "), "]",
                   dataset.pixels.empty() || expected.size() != 3 ||
                           dataset.row_shape[0] != expected[0]
                       ? ""
                       : "; --resize resizes images to fit"));
}

absl::StatusOr<Prediction> Ask(const Client& client, const Model& model,
                               const data::Dataset& dataset,
                               absl::Span<const int64_t> rows,
                               const AskOptions& options,
                               const Client::OnProgress& on_progress) {
  HG_RETURN_IF_ERROR(CheckRows(dataset, model));
  const Query query = MakeQuery(model, dataset, rows, options);
  const auto show = [&options](const Prediction& so_far) {
    options.on_stream(so_far);
    return true;
  };
  HG_ASSIGN_OR_RETURN(Prediction answer,
                      options.on_stream ? client.PredictStream(query, show)
                                        : client.Predict(query, on_progress));
  HG_RETURN_IF_ERROR(CheckComplete(model, options, answer));
  return answer;
}

}  // namespace hypergan::client
