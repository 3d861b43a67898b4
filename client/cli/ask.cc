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

// Half of gRPC's customary limit, so that the rest of a message has room.
constexpr int64_t kMaxTensorBytes = int64_t{2} << 20;
// Small rows too are asked about in pieces, so that progress shows.
constexpr int64_t kMaxRowsPerRequest = 256;
// Rows times networks: well under what a server takes on at once.
constexpr int64_t kMaxWork = 100'000;
// One request after the other can have its own.
constexpr size_t kMaxWarnings = 8;

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
absl::Status CheckComplete(const Model& model, const Prediction& answer) {
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
                  answer.classes.empty() == !classifies;
  for (const PredictedClass& predicted : answer.classes) {
    complete = complete && predicted.index >= 0 &&
               predicted.index < manifest.num_outputs;
  }
  if (complete) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "malformed answer: expected mean, variance, scores and classes of ",
      manifest.num_outputs, " outputs, got only part of them"));
}

template <typename T>
void Append(const std::vector<T>& more, std::vector<T>& all) {
  all.insert(all.end(), more.begin(), more.end());
}

// [N, B, K] and [N, more, K] become [N, B + more, K].
std::vector<float> JoinRows(const Prediction& all, const Prediction& more) {
  std::vector<float> joined;
  joined.reserve(all.network_outputs.size() + more.network_outputs.size());
  const int64_t size = all.rows * all.num_outputs;
  const int64_t more_size = more.rows * more.num_outputs;
  for (int64_t n = 0; n < more.num_networks; ++n) {
    const auto first = all.network_outputs.begin() + n * size;
    const auto second = more.network_outputs.begin() + n * more_size;
    joined.insert(joined.end(), first, first + size);
    joined.insert(joined.end(), second, second + more_size);
  }
  return joined;
}

void Merge(Prediction more, Prediction& all) {
  if (all.rows == 0) {
    all = std::move(more);
    return;
  }
  if (!more.network_outputs.empty()) all.network_outputs = JoinRows(all, more);
  Append(more.mean, all.mean);
  Append(more.variance, all.variance);
  Append(more.scores, all.scores);
  Append(more.classes, all.classes);
  Append(more.noise_variance, all.noise_variance);
  Append(more.predictive_variance, all.predictive_variance);
  Append(more.interval_low, all.interval_low);
  Append(more.interval_high, all.interval_high);
  Append(more.prediction_sets, all.prediction_sets);
  for (const std::string& warning : more.warnings) {
    if (all.warnings.size() < kMaxWarnings) all.warnings.push_back(warning);
  }
  if (more.largest_standard_error > all.largest_standard_error) {
    all.largest_standard_error = more.largest_standard_error;
  }
  all.rows += more.rows;
  all.queue += more.queue;
  all.sampling += more.sampling;
  all.prediction += more.prediction;
}

absl::Status CheckOneRequest(const AskOptions& options, size_t rows,
                             size_t most) {
  const bool one = options.target_standard_error || options.allow_partial ||
                   options.on_stream;
  if (!one || rows <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "a target, partial answers and a stream are for one request: expected at "
      "most ",
      most, " rows, got ", rows));
}

absl::StatusOr<Prediction> AskOnce(const Client& client, const Query& query,
                                   const AskOptions& options) {
  if (!options.on_stream) return client.Predict(query);
  return client.PredictStream(query, [&options](const Prediction& so_far) {
    options.on_stream(so_far);
    return true;
  });
}

}  // namespace

absl::Status CheckSameNetworks(const Prediction& first,
                               const Prediction& more) {
  const bool is_same =
      more.num_networks == first.num_networks && more.seed == first.seed &&
      more.network_outputs.empty() == first.network_outputs.empty();
  if (first.rows == 0 || is_same) return absl::OkStatus();
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

int64_t RowsPerRequest(const Model& model, const AskOptions& options) {
  int64_t networks = std::max<int64_t>(
      1, options.num_networks > 0 ? options.num_networks
                                  : model.manifest.default_num_networks);
  networks = std::max(networks, options.max_networks.value_or(1));
  int64_t row_bytes = 4 * model.manifest.RowSize();
  if (options.network_outputs) {
    row_bytes = std::max(row_bytes, 4 * networks * model.manifest.num_outputs);
  }
  int64_t rows = std::min({kMaxTensorBytes / std::max<int64_t>(row_bytes, 1),
                           kMaxWork / networks, kMaxRowsPerRequest});
  if (model.max_rows > 0) rows = std::min(rows, model.max_rows);
  return std::max<int64_t>(rows, 1);
}

absl::StatusOr<Prediction> Ask(const Client& client, const Model& model,
                               const data::Dataset& dataset,
                               absl::Span<const int64_t> rows,
                               const AskOptions& options,
                               const OnProgress& on_progress) {
  HG_RETURN_IF_ERROR(CheckRows(dataset, model));
  const size_t piece = static_cast<size_t>(RowsPerRequest(model, options));
  HG_RETURN_IF_ERROR(CheckOneRequest(options, rows.size(), piece));
  AskOptions same_networks = options;
  Prediction all;
  for (size_t begin = 0; begin < rows.size(); begin += piece) {
    HG_ASSIGN_OR_RETURN(
        Prediction more,
        AskOnce(client,
                MakeQuery(model, dataset, rows.subspan(begin, piece),
                          same_networks),
                options));
    HG_RETURN_IF_ERROR(CheckComplete(model, more));
    if (!more.seed && begin + piece < rows.size()) {
      return absl::FailedPreconditionError(
          "the server's networks come from a pool: more rows than one request "
          "takes need a --seed, so that all are put to the same networks");
    }
    HG_RETURN_IF_ERROR(CheckSameNetworks(all, more));
    // Not the default again, which another replica may have otherwise.
    same_networks.seed = more.seed;
    same_networks.num_networks = more.num_networks;
    Merge(std::move(more), all);
    on_progress(all.rows);
  }
  return all;
}

}  // namespace hypergan::client
