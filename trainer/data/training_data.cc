#include "trainer/data/training_data.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "data/class_match.h"
#include "data/content_digest.h"
#include "data/images/image.h"
#include "data/open.h"
#include "data/row_keys.h"
#include "data/tables/test_split.h"
#include "trainer/data/column_report.h"
#include "trainer/recipes/data_target.h"

namespace hypergan::trainer {
namespace {

uint64_t SplitSeedOf(const TrainingOptions& options) {
  return options.split_seed > 0 ? options.split_seed : options.seed;
}

Rows SelectPlaces(const Rows& rows, const std::vector<int64_t>& places) {
  return rows.Select(at::tensor(places, at::kLong));
}

absl::StatusOr<TargetNetwork> OpenTarget(const std::string& target) {
  if (!absl::EndsWith(target, ".json")) return FindTargetNetwork(target);
  std::error_code error;
  const auto size = std::filesystem::file_size(target, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("--target: ", target, ": ", error.message()));
  }
  if (size > kMaxManifestBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("--target: ", target, ": expected at most ",
                     kMaxManifestBytes, " bytes, got ", size));
  }
  std::ifstream file(target);
  std::stringstream text;
  text << file.rdbuf();
  return ParseTargetNetwork(text.str());
}

// Names that do not go with the outputs would be lost, and of two equal ones
// nobody could tell which is meant.
absl::Status CheckClassNames(const std::vector<std::string>& names,
                             int64_t outputs) {
  std::set<std::string> distinct;
  for (const std::string& name : names) {
    if (distinct.insert(name).second) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "expected classes of different names, got two named ", Quoted(name)));
  }
  const auto count = static_cast<int64_t>(names.size());
  if (count == 0 || count == outputs) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "expected a target network with an output for each of the ", count,
      " named classes, got ", outputs, " outputs; leave --target out, or give ",
      "--classes=", count));
}

// Opens everything one after the other.
class Opening {
 public:
  explicit Opening(const TrainingOptions& options)
      : options_(options), csv_(options.csv), images_(options.images) {}

  absl::StatusOr<TrainingData> Run() {
    if (!options_.target.empty()) {
      HG_ASSIGN_OR_RETURN(const TargetNetwork target,
                          OpenTarget(options_.target));
      images_.channels = data::ImageChannels(target.input_shape);
    }
    HG_RETURN_IF_ERROR(OpenRows());
    HG_RETURN_IF_ERROR(SetConstants());
    if (!options_.validation_data.empty()) {
      HG_ASSIGN_OR_RETURN(
          data_.split.validation,
          OpenOther("--validation_data", options_.validation_data));
    }
    if (!options_.calibration_data.empty()) {
      HG_ASSIGN_OR_RETURN(
          data_.split.calibration,
          OpenOther("--calibration_data", options_.calibration_data));
    }
    data_.validates_on_training = data_.split.validation.size() == 0;
    if (data_.validates_on_training) {
      data_.split.validation = data_.split.training;
    }
    return std::move(data_);
  }

 private:
  // A split of `spec`, whose notes join the others: nothing is printed of a run
  // that is refused but why.
  absl::StatusOr<data::Dataset> Open(const std::string& spec,
                                     data::Split split);
  absl::Status OpenRows();
  absl::Status SetConstants();
  void SetColumnNames();
  // Rows of the data's own test split.
  absl::Status TakeTestSplit(data::Dataset test);
  void TellTestRows(const absl::Status& no_split);
  // Rows of a training split of `spec`, the value of `flag`.
  absl::StatusOr<Rows> OpenOther(const std::string& flag,
                                 const std::string& spec);
  // Says which rows with these keys have another use already.
  void TellSharedRows(const std::string& name,
                      const std::vector<uint64_t>& keys);
  absl::Status CheckOthers(const std::string& name,
                           const data::Dataset& others);
  absl::StatusOr<Rows> ToNamedRows(const std::string& name,
                                   const data::Dataset& dataset) const;

  const TrainingOptions& options_;
  data::CsvOptions csv_;       // other tables are read as the first one is
  data::ImageOptions images_;  // other pictures have the channels of the first
  data::Dataset dataset_;
  std::vector<uint64_t> other_keys_;  // of rows from elsewhere
  TrainingData data_;
};

absl::StatusOr<Rows> Opening::ToNamedRows(const std::string& name,
                                          const data::Dataset& dataset) const {
  return Named(name, ToExactRows(dataset, data_.task));
}

absl::StatusOr<data::Dataset> Opening::Open(const std::string& spec,
                                            data::Split split) {
  absl::StatusOr<data::Dataset> dataset =
      data::Open(spec, split, csv_, images_);
  if (dataset.ok()) {
    data_.notes.insert(data_.notes.end(), dataset->notes.begin(),
                       dataset->notes.end());
  }
  return dataset;
}

absl::Status Opening::OpenRows() {
  HG_ASSIGN_OR_RETURN(dataset_, Open(options_.data, data::Split::kTrain));
  HG_RETURN_IF_ERROR(
      data::MatchClasses(absl::StrCat("--class_names: ", options_.data),
                         options_.class_names, &dataset_));
  data_.task =
      dataset_.labels.empty() ? Task::kRegression : Task::kClassification;
  data_.facts.push_back(FactsOf(options_.data, dataset_));
  images_.channels = data::ImageChannels(dataset_.row_shape);
  data_.class_names = options_.class_names.empty() ? dataset_.class_names
                                                   : options_.class_names;
  csv_.class_names = dataset_.class_names;
  SetColumnNames();
  HG_ASSIGN_OR_RETURN(Rows rows, ToNamedRows(options_.data, dataset_));
  absl::StatusOr<data::Dataset> test = Open(options_.data, data::Split::kTest);
  const bool sets_aside = absl::IsNotFound(test.status());
  const data::TestSplit split =
      data::SplitOffTestRows(dataset_, SplitSeedOf(options_), sets_aside);
  data_.record = split.record;
  data_.digest = data_.record.digest = data::ContentDigest(dataset_);
  if (!sets_aside) {
    HG_RETURN_IF_ERROR(test.status());
    HG_RETURN_IF_ERROR(TakeTestSplit(*std::move(test)));
  } else {
    if (!split.test.empty()) {
      data_.test = SelectPlaces(rows, split.test).Narrowed();
      rows = SelectPlaces(rows, split.rest);
    }
    TellTestRows(test.status());
  }
  SplitSizes sizes = options_.split;
  if (!options_.validation_data.empty()) sizes.validation = 0;
  if (!options_.calibration_data.empty()) sizes.calibration = 0;
  HG_ASSIGN_OR_RETURN(data_.split,
                      SplitRows(rows, sizes, SplitSeedOf(options_)));
  data_.record.training = data_.split.training.size();
  if (options_.validation_data.empty()) {
    data_.record.validation = data_.split.validation.size();
  }
  if (options_.calibration_data.empty()) {
    data_.record.calibration = data_.split.calibration.size();
  }
  return absl::OkStatus();
}

void Opening::SetColumnNames() {
  const std::vector<std::string>& names = dataset_.column_names;
  const auto inputs = static_cast<size_t>(dataset_.RowSize());
  if (names.size() < inputs) return;
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(inputs);
  data_.input_names.assign(names.begin(), end);
  data_.target_names.assign(end, names.end());
  csv_.input_names = data_.input_names;
  csv_.output_names = data_.target_names;
}

absl::Status Opening::TakeTestSplit(data::Dataset test) {
  const std::string name = absl::StrCat("the test split of ", options_.data);
  HG_RETURN_IF_ERROR(data::MatchClasses(name, options_.class_names, &test));
  HG_RETURN_IF_ERROR(CheckOthers(name, test));
  HG_ASSIGN_OR_RETURN(const Rows rows, ToNamedRows(name, test));
  data_.test = rows.Narrowed();
  data_.test_origin = absl::StrCat(rows.size(), " rows, ", name);
  return absl::OkStatus();
}

void Opening::TellTestRows(const absl::Status& no_split) {
  const std::string why = absl::StrCat(options_.data, " has no test split (",
                                       no_split.message(), ")");
  if (!data_.has_test()) {
    data_.test_origin =
        absl::StrCat(why, ", and too few rows to set some aside");
    return;
  }
  data_.test_origin =
      absl::StrCat(data_.record.test_rows, " of the ", data_.record.rows,
                   " rows of ", options_.data, ", set aside before training");
  data_.notes.push_back(absl::StrCat(
      why, ": ", data_.record.test_rows, " of its ", data_.record.rows,
      " rows are set aside by the seed, and nothing is chosen by them"));
}

// Also narrows the split: from here on, its numbers are float32.
absl::Status Opening::SetConstants() {
  data_.inputs = InputConstants(data_.split.training);
  const bool has_values = data_.task == Task::kRegression;
  if (has_values) data_.targets = TargetConstants(data_.split.training);
  HG_ASSIGN_OR_RETURN(const std::vector<std::string> notes,
                      ReportColumns(options_.data, dataset_, data_.inputs,
                                    has_values ? &data_.targets : nullptr));
  data_.notes.insert(data_.notes.end(), notes.begin(), notes.end());
  for (Rows* rows : {&data_.split.training, &data_.split.validation,
                     &data_.split.calibration}) {
    *rows = rows->Narrowed();
  }
  return absl::OkStatus();
}

absl::StatusOr<Rows> Opening::OpenOther(const std::string& flag,
                                        const std::string& spec) {
  HG_ASSIGN_OR_RETURN(data::Dataset others, Open(spec, data::Split::kTrain));
  const std::string name = absl::StrCat(flag, ": ", spec);
  HG_RETURN_IF_ERROR(data::MatchClasses(name, dataset_.class_names, &others));
  data_.digest += data::ContentDigest(others);
  HG_RETURN_IF_ERROR(CheckOthers(name, others));
  HG_ASSIGN_OR_RETURN(const Rows rows, ToNamedRows(name, others));
  return rows.Narrowed();
}

void Opening::TellSharedRows(const std::string& name,
                             const std::vector<uint64_t>& keys) {
  const int64_t shared = data::CountShared(keys, other_keys_);
  if (shared > 0) {
    data_.notes.push_back(
        absl::StrCat(name, ": ", shared, " of ", keys.size(),
                     " rows are also among those to validate or test with"));
  }
  other_keys_.insert(other_keys_.end(), keys.begin(), keys.end());
}

absl::Status Opening::CheckOthers(const std::string& name,
                                  const data::Dataset& others) {
  data_.facts.push_back(FactsOf(name, others));
  const uint64_t seed = data_.record.seed;
  const std::vector<uint64_t> keys = data::RowKeys(others, seed);
  TellSharedRows(name, keys);
  const int64_t shared = data::CountShared(keys, data::RowKeys(dataset_, seed));
  if (shared == 0) return absl::OkStatus();
  const bool is_whole = shared == others.rows && shared == dataset_.rows;
  if (is_whole ||
      data::IsMoreThanChance(shared, others.rows, data_.record.twins)) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": expected rows that training does not see, got ", shared,
        " of ", others.rows, " that are also in ", options_.data,
        ": figures on them would say nothing of other rows"));
  }
  data_.notes.push_back(absl::StrCat(name, ": ", shared, " of ", others.rows,
                                     " rows are also in ", options_.data));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainingData> OpenTrainingData(const TrainingOptions& options) {
  return Opening(options).Run();
}

DataProfile ProfileOf(const TrainingData& data) {
  DataProfile profile;
  profile.task = data.task;
  profile.row_shape = data.facts.front().row_shape;
  profile.outputs = data.facts.front().target_size;
  if (data.task == Task::kClassification) {
    profile.outputs = std::ssize(data.class_names);
    for (const DataFacts& facts : data.facts) {
      profile.outputs = std::max(profile.outputs, facts.greatest_label + 1);
    }
  }
  profile.training_rows = data.split.training.size();
  return profile;
}

std::string CountsOf(const TrainingData& data) {
  return absl::StrCat(
      data.split.training.size(), " rows to train on, ",
      data.validates_on_training
          ? "none to validate (epochs are evaluated on the training rows), "
          : absl::StrCat(data.split.validation.size(), " to validate, "),
      data.split.calibration.size(), " to calibrate, ",
      data.has_test() ? data.test.size() : 0, " to test");
}

absl::StatusOr<Architecture> BuildArchitecture(const TrainingOptions& options,
                                               const TrainingData& data) {
  Architecture architecture;
  architecture.sizes = options.sizes;
  HG_ASSIGN_OR_RETURN(architecture.target,
                      options.target.empty()
                          ? TargetFor(ProfileOf(data), options.hidden)
                          : OpenTarget(options.target));
  TargetNetwork& target = architecture.target;
  if (options.classes > 0) target.layers.back().outputs = options.classes;
  for (const DataFacts& facts : data.facts) {
    HG_RETURN_IF_ERROR(
        CheckFits(facts, data.task, target.input_shape, target.NumOutputs()));
  }
  HG_RETURN_IF_ERROR(CheckClassNames(data.class_names, target.NumOutputs()));
  target.input_mean = data.inputs.mean;
  target.input_deviation = data.inputs.deviation;
  if (data.task == Task::kRegression) {
    target.output_mean = data.targets.mean;
    target.output_deviation = data.targets.deviation;
  }
  return architecture;
}

}  // namespace hypergan::trainer
