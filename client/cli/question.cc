#include "client/cli/question.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <numeric>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "client/cli/flags.h"
#include "client/cli/terminal/progress.h"
#include "data/class_match.h"
#include "data/idx.h"
#include "data/images/image.h"
#include "data/inputs.h"
#include "data/row_keys.h"
#include "data/tables/row_record.h"

namespace hypergan::client {
namespace {

constexpr double kDefaultCoverage = 0.95;

// Where rows are among those that the model was trained on, whose figures say
// nothing of others; else empty. A table is recognised with its truth alone.
std::string TrainedRowsWarning(const data::Dataset& dataset,
                               const Model& model) {
  const absl::StatusOr<std::optional<data::RowRecord>> record =
      data::ReadRowRecord(model.manifest.provenance);
  if (!record.ok() || !*record) return "";
  const int64_t percent =
      data::PercentTrainedOn(**record, data::RowKeys(dataset, (*record)->seed));
  if (percent == 0) return "";
  return absl::StrCat("about ", percent,
                      " % of the rows read are rows that the model was trained "
                      "on: figures on these say nothing of others");
}

// Rows of classes that the model does not know are asked about without labels.
void MatchLabels(const std::string& flag, const Model& model,
                 data::Dataset* dataset) {
  const absl::Status status = data::MatchClasses(
      absl::StrCat("--", flag), model.manifest.class_names, dataset);
  if (status.ok()) return;
  dataset->labels.clear();
  dataset->notes.push_back(
      absl::StrCat(status.message(), ": labels are left out"));
}

}  // namespace

absl::StatusOr<data::Dataset> ReadInputsByFlags(
    const std::string& flag, const std::vector<std::string>& paths,
    const Model& model) {
  if (paths.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": expected a path, got none"));
  }
  data::InputsOptions options;
  const std::vector<int64_t>& shape = model.manifest.input_shape;
  options.images.channels = data::ImageChannels(shape);
  if (absl::GetFlag(FLAGS_resize)) {
    if (shape.size() != 3) {
      return absl::InvalidArgumentError(
          absl::StrCat("--resize: expected a model of images, got ", model.name,
                       ", which takes numbers"));
    }
    options.images.height = shape[1];
    options.images.width = shape[2];
  }
  options.csv.labels = absl::GetFlag(FLAGS_csv_labels);
  options.csv.target_columns =
      options.csv.labels ? 1 : absl::GetFlag(FLAGS_target_columns);
  options.csv.target_names = absl::GetFlag(FLAGS_target_column);
  options.csv.drop_columns = absl::GetFlag(FLAGS_drop_columns);
  options.csv.input_names = model.manifest.input_names;
  options.csv.output_names = model.manifest.output_names;
  // What is from elsewhere may have classes of its own.
  if (flag != "outside") options.csv.class_names = model.manifest.class_names;
  HG_ASSIGN_OR_RETURN(data::Dataset dataset, data::ReadInputs(paths, options));
  if (flag != "outside") MatchLabels(flag, model, &dataset);
  const std::string warning = TrainedRowsWarning(dataset, model);
  if (!warning.empty()) dataset.notes.push_back(warning);
  for (const std::string& note : dataset.notes) {
    std::cerr << "note: " << note << std::endl;
  }
  return dataset;
}

namespace {

absl::Status ReadLabels(const std::string& path, data::Dataset& dataset) {
  if (path.empty()) return absl::OkStatus();
  HG_ASSIGN_OR_RETURN(dataset.labels, data::ReadIdxLabels(path));
  const int64_t labels = static_cast<int64_t>(dataset.labels.size());
  if (labels == dataset.rows) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": expected ", dataset.rows, " labels, got ", labels));
}

}  // namespace

absl::StatusOr<data::Dataset> ReadLabelledInputs(const Model& model) {
  HG_ASSIGN_OR_RETURN(
      data::Dataset dataset,
      ReadInputsByFlags("inputs", absl::GetFlag(FLAGS_inputs), model));
  HG_RETURN_IF_ERROR(ReadLabels(absl::GetFlag(FLAGS_labels), dataset));
  return dataset;
}

absl::StatusOr<std::vector<int64_t>> RowRange(const char* flags, int64_t first,
                                              int64_t count, int64_t total) {
  if (first < 0 || first >= total || count < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(flags, ": expected rows of 0 to ", total - 1, ", got ",
                     count, " rows from ", first, " on"));
  }
  std::vector<int64_t> rows(std::min(count, total - first));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

std::vector<int64_t> SpreadRows(int64_t count, int64_t total) {
  std::vector<int64_t> rows(std::clamp<int64_t>(count, 0, total));
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] =
        static_cast<int64_t>(i) * total / static_cast<int64_t>(rows.size());
  }
  return rows;
}

namespace {

// One line an answer; figures of all rows, for rows may be many.
void ShowSettling(const Prediction& so_far) {
  std::cerr << absl::StrFormat("%d networks", so_far.num_networks);
  if (so_far.largest_standard_error) {
    std::cerr << absl::StrFormat(", standard error of the mean at most %.4g",
                                 *so_far.largest_standard_error);
  }
  std::cerr << std::endl;
}

}  // namespace

absl::StatusOr<Style> StyleByFlags() {
  return ParseStyle(absl::GetFlag(FLAGS_style), isatty(STDOUT_FILENO) != 0);
}

AskOptions AskOptionsByFlags(const Model& model, std::optional<uint64_t> seed) {
  AskOptions options;
  options.num_networks = absl::GetFlag(FLAGS_networks);
  options.seed = seed;
  options.network_outputs = absl::GetFlag(FLAGS_network_outputs);
  options.target_standard_error = absl::GetFlag(FLAGS_target_standard_error);
  options.max_networks = absl::GetFlag(FLAGS_max_networks);
  options.allow_partial = absl::GetFlag(FLAGS_allow_partial);
  options.coverage = absl::GetFlag(FLAGS_coverage);
  // A regression that knows its noise shows the interval that people take the
  // deviation for.
  if (!options.coverage && !model.manifest.noise_deviation.empty()) {
    options.coverage = kDefaultCoverage;
  }
  if (absl::GetFlag(FLAGS_stream)) options.on_stream = ShowSettling;
  return options;
}

absl::StatusOr<Prediction> AskWithProgress(const Client& client,
                                           const Model& model,
                                           const data::Dataset& dataset,
                                           const std::vector<int64_t>& rows,
                                           const AskOptions& options) {
  Progress progress(static_cast<int64_t>(rows.size()), std::cerr,
                    isatty(STDERR_FILENO) != 0, Clock::System());
  return Ask(client, model, dataset, rows, options,
             [&progress](int64_t done) { progress.Update(done); });
}

}  // namespace hypergan::client
