#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/tables/row_record.h"
#include "hypergan/checkpoint/manifest.h"
#include "hypergan/target/architecture.h"
#include "trainer/data/constants.h"
#include "trainer/data/data_facts.h"
#include "trainer/data/data_profile.h"
#include "trainer/data/split.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// The rows of one run and what follows from them.
struct TrainingData {
  Task task = Task::kClassification;
  Split split;
  // No rows were given or could be set aside: split.validation is the training
  // rows themselves.
  bool validates_on_training = false;
  // Rows that training never sees, to be asked about once, after it; of no rows
  // where there are none. `test_origin` says which, or why there are none.
  Rows test;
  std::string test_origin;
  data::RowRecord record;
  // Of all rows that training, validation and calibration depend on
  // (data/content_digest.h).
  std::string digest;
  Constants inputs;
  Constants targets;                     // of a regression
  std::vector<std::string> class_names;  // K of them, or none
  // Of a table with a header; else none.
  std::vector<std::string> input_names, target_names;
  std::vector<DataFacts> facts;  // of all that was opened
  // What a person should be told, a line each.
  std::vector<std::string> notes;

  bool has_test() const { return test.inputs.defined(); }
};

// Opens the data that `options` names: classification if it has labels,
// regression if it has target values. Images are decoded to the channels that
// the target network takes. Test rows are the data's test split; a tenth of the
// rows is set aside by the seed where there is none (data/tables/test_split.h),
// before anything else. INVALID_ARGUMENT where rows to validate, calibrate or
// test with are also among the data's rows, by content and whatever their
// names, more than two samples of such data would share by chance; and the
// errors of data::Open and ReportColumns.
absl::StatusOr<TrainingData> OpenTrainingData(const TrainingOptions& options);

// What a recipe and a target network are chosen by, of all that was opened.
DataProfile ProfileOf(const TrainingData& data);

// How many rows are for what, in a sentence.
std::string CountsOf(const TrainingData& data);

// The target network that `options` names, or one that suits the data
// (trainer/recipes/data_target.h) where it names none; its constants are those
// of the training rows. INVALID_ARGUMENT, naming the data, if any of the rows
// do not fit it: another input shape, a label that is none of its outputs,
// another number of target values, or of named classes.
absl::StatusOr<Architecture> BuildArchitecture(const TrainingOptions& options,
                                               const TrainingData& data);

}  // namespace hypergan::trainer
