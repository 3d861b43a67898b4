#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "data/dataset.h"
#include "data/images/image_options.h"
#include "data/tables/csv.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// What a checkpoint is to be evaluated by, and what these rows are to it.
struct AskedRows {
  enum class Kind {
    kTestSplit,  // the data's test split
    kSetAside,   // of training data without one: the rows set aside from them
    kWhole,      // other data without a test split: all of it
    kTrained,    // rows that the networks were trained on
    kUnknown,    // all of it, and the checkpoint does not tell what it was
                 // trained on
  };

  data::Dataset dataset;  // with its reader's notes, which nobody has printed
  Kind kind = Kind::kTestSplit;
  std::string origin;  // in words, for the figures' title
};

// `csv` with the names of the checkpoint's columns and classes, by which tables
// are then held to it.
data::CsvOptions CsvOptionsFor(const Manifest& manifest, data::CsvOptions csv);

// Opens `spec` to evaluate the checkpoint of `manifest` by: its test split,
// else all of its rows. Training rows are recognised by their content, whatever
// the file's name and order (data/tables/row_record.h); where rows were set
// aside before training, these alone are kept. INVALID_ARGUMENT, naming the
// data, for rows that the checkpoint cannot take (CheckFits), classes that it
// does not name (MatchClasses), and where all that were set aside are missing.
absl::StatusOr<AskedRows> OpenAskedRows(const std::string& spec,
                                        const data::CsvOptions& options,
                                        const Manifest& manifest,
                                        data::ImageOptions images = {});

// "test split", "set aside", "whole", "training rows" or "unknown".
const char* KindName(AskedRows::Kind kind);

// A warning where rows from elsewhere are among those that the checkpoint was
// trained on; else empty.
std::string TrainedRowsWarning(const std::string& spec,
                               const data::Dataset& dataset,
                               const Manifest& manifest);

}  // namespace hypergan::trainer
