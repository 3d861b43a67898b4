#include "trainer/data/trained_data.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/images/image.h"
#include "trainer/data/asked_rows.h"

namespace hypergan::trainer {
namespace {

using Given = std::set<std::string>;

absl::Status Invalid(const std::string& flag, const std::string& message) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, message));
}

// How many rows are set aside for `share`: what the flag says, else what the
// record says. A record with a count of training rows says of the others
// whether they came from elsewhere.
absl::Status SetShare(const std::string& share, const Given& given,
                      const std::string& elsewhere,
                      const data::RowRecord& record,
                      std::optional<int64_t> recorded, int64_t* rows) {
  const std::string from = absl::StrCat(share, "_data");
  const std::string flag = absl::StrCat(share, "_rows");
  const bool is_known = record.training.has_value();
  if (is_known && recorded && !elsewhere.empty()) {
    return Invalid(from,
                   ": expected none, for the checkpoint's training set "
                   "rows of its data aside");
  }
  if (is_known && !recorded && elsewhere.empty()) {
    return Invalid(from,
                   ": expected the rows from elsewhere that the "
                   "checkpoint's training had, got none");
  }
  if (given.contains(flag) || !elsewhere.empty()) return absl::OkStatus();
  if (!recorded) {
    return Invalid(
        flag, absl::StrCat(
                  ": the checkpoint does not say how many there were; give --",
                  flag, " or --", from, " as at its training, where `train` ",
                  "had 2000 if no flag said otherwise; of an `experiment`, ",
                  "docs/experiments.md has the rows"));
  }
  *rows = *recorded;
  return absl::OkStatus();
}

absl::Status SetShares(const data::RowRecord& record, const Given& given,
                       TrainingOptions* o) {
  HG_RETURN_IF_ERROR(SetShare("validation", given, o->validation_data, record,
                              record.validation, &o->split.validation));
  HG_RETURN_IF_ERROR(SetShare("calibration", given, o->calibration_data, record,
                              record.calibration, &o->split.calibration));
  const int64_t rest = record.rows - record.test_rows -
                       record.validation.value_or(0) -
                       record.calibration.value_or(0);
  const bool had_subset = record.training.value_or(rest) < rest;
  if (had_subset && !given.contains("training_rows")) {
    o->split.training = *record.training;
  }
  return absl::OkStatus();
}

absl::Status CheckFits(const TrainingData& data, const Manifest& manifest) {
  const std::string& name = data.facts.front().name;
  if (data.task != manifest.task) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": expected data for the checkpoint's task, ",
        TaskName(manifest.task), ", got data for ", TaskName(data.task),
        "; of a table --csv_labels says that a column is a class"));
  }
  for (const DataFacts& facts : data.facts) {
    HG_RETURN_IF_ERROR(CheckFits(facts, manifest.task, manifest.input_shape,
                                 manifest.num_outputs));
  }
  return absl::OkStatus();
}

bool AreSameRows(const data::RowRecord& a, const data::RowRecord& b) {
  const bool has_digests = !a.digest.empty() && !b.digest.empty();
  return a.rows == b.rows && a.test_rows == b.test_rows &&
         a.last_test_key == b.last_test_key && a.sample == b.sample &&
         (!has_digests || a.digest == b.digest);
}

// Of a share that either record does not state, nothing can be said.
absl::Status CheckShare(const char* share, std::optional<int64_t> then,
                        std::optional<int64_t> now) {
  if (!then || !now || *then == *now) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--", share, "_rows: expected the ", *then,
      " rows of the checkpoint's training, got ", *now, "; leave it out"));
}

absl::Status CheckRows(const std::string& name, const data::RowRecord& then,
                       const data::RowRecord& now) {
  if (then.seed != now.seed) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--split_seed: expected ", then.seed,
        " as at the checkpoint's training, got ", now.seed, "; leave it out"));
  }
  if (!AreSameRows(then, now)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": expected the ", then.rows,
                     " rows that the checkpoint was trained on, in their order "
                     "and with their labels, got ",
                     now.rows, then.rows == now.rows ? ", not these" : ""));
  }
  HG_RETURN_IF_ERROR(CheckShare("validation", then.validation, now.validation));
  HG_RETURN_IF_ERROR(
      CheckShare("calibration", then.calibration, now.calibration));
  return CheckShare("training", then.training, now.training);
}

}  // namespace

absl::StatusOr<TrainingData> OpenTrainedData(TrainingOptions options,
                                             const Given& given,
                                             const Manifest& manifest) {
  HG_ASSIGN_OR_RETURN(const std::optional<data::RowRecord> record,
                      data::ReadRowRecord(manifest.provenance));
  HG_RETURN_IF_ERROR(
      SetShares(record.value_or(data::RowRecord()), given, &options));
  if (record && !given.contains("split_seed")) {
    // Both, for a split seed of 0 stands for the other.
    options.seed = options.split_seed = record->seed;
  }
  options.csv = CsvOptionsFor(manifest, options.csv);
  options.class_names = manifest.class_names;
  options.images.channels = data::ImageChannels(manifest.input_shape);
  options.target.clear();
  HG_ASSIGN_OR_RETURN(TrainingData data, OpenTrainingData(options));
  HG_RETURN_IF_ERROR(CheckFits(data, manifest));
  if (record) {
    HG_RETURN_IF_ERROR(CheckRows(options.data, *record, data.record));
  }
  if (!record || !record->training) {
    data.notes.emplace_back(
        "the checkpoint is of an older version and does not say which rows "
        "were set aside: see to it that the flags are those of its training");
  }
  return data;
}

}  // namespace hypergan::trainer
