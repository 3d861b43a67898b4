#include "trainer/data/trained_data.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "data/images/image.h"
#include "trainer/data/asked_rows.h"
#include "trainer/data/class_match.h"

namespace hypergan::trainer {
namespace {

using Given = std::set<std::string>;

// One share of the rows: what the flag says, else what the record says. Rows
// from elsewhere need neither.
absl::Status SetShare(const std::string& share, const Given& given,
                      const std::string& elsewhere,
                      std::optional<int64_t> recorded, int64_t* rows) {
  const std::string flag = absl::StrCat(share, "_rows");
  if (given.contains(flag) || !elsewhere.empty()) return absl::OkStatus();
  if (!recorded) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--", flag,
        ": the checkpoint does not say how many there were; give --", flag,
        " or --", share, "_data as at its training"));
  }
  *rows = *recorded;
  return absl::OkStatus();
}

absl::Status SetShares(const data::RowRecord& record, const Given& given,
                       TrainingOptions* o) {
  HG_RETURN_IF_ERROR(SetShare("validation", given, o->validation_data,
                              record.validation, &o->split.validation));
  HG_RETURN_IF_ERROR(SetShare("calibration", given, o->calibration_data,
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
  if (KeepsLabels(data.class_names, manifest.class_names)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      name, ": expected the checkpoint's ", manifest.class_names.size(),
      " classes (", absl::StrJoin(manifest.class_names, ", "), "), got ",
      data.class_names.size(), " (", absl::StrJoin(data.class_names, ", "),
      ")"));
}

bool AreSameRows(const data::RowRecord& a, const data::RowRecord& b) {
  return a.rows == b.rows && a.test_rows == b.test_rows &&
         a.last_test_key == b.last_test_key && a.sample == b.sample;
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
                     " rows that the checkpoint was trained on, got ", now.rows,
                     then.rows == now.rows ? " others" : ""));
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
  options.images.channels = data::ImageChannels(manifest.input_shape);
  options.target.clear();
  HG_ASSIGN_OR_RETURN(TrainingData data, OpenTrainingData(options));
  HG_RETURN_IF_ERROR(CheckFits(data, manifest));
  if (record) {
    HG_RETURN_IF_ERROR(CheckRows(options.data, *record, data.record));
  }
  return data;
}

}  // namespace hypergan::trainer
