#include "trainer/data/asked_rows.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/class_match.h"
#include "data/images/image.h"
#include "data/open.h"
#include "data/row_keys.h"
#include "data/tables/row_record.h"
#include "trainer/data/data_facts.h"

namespace hypergan::trainer {
namespace {

using Kind = AskedRows::Kind;

// Keeps the rows that were set aside of those that training saw.
absl::Status KeepSetAside(const std::string& spec,
                          const data::RowRecord& record,
                          const std::vector<uint64_t>& keys, AskedRows* asked) {
  std::vector<int64_t> places;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (record.IsTestKey(keys[i])) places.push_back(static_cast<int64_t>(i));
  }
  if (places.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        spec, ": expected rows that training did not see, got ",
        asked->dataset.rows,
        " that the networks were trained on and none that was set aside"));
  }
  asked->origin = absl::StrCat(
      "the ", places.size(), " of its ", asked->dataset.rows,
      " rows that were set aside, for the networks were trained on the others");
  asked->kind = Kind::kSetAside;
  asked->dataset = asked->dataset.Select(places);
  return absl::OkStatus();
}

}  // namespace

data::CsvOptions CsvOptionsFor(const Manifest& manifest, data::CsvOptions csv) {
  csv.class_names = manifest.class_names;
  csv.input_names = manifest.input_names;
  csv.output_names = manifest.output_names;
  return csv;
}

absl::StatusOr<AskedRows> OpenAskedRows(const std::string& spec,
                                        const data::CsvOptions& options,
                                        const Manifest& manifest,
                                        data::ImageOptions images) {
  const data::CsvOptions csv = CsvOptionsFor(manifest, options);
  HG_ASSIGN_OR_RETURN(const std::optional<data::RowRecord> record,
                      data::ReadRowRecord(manifest.provenance));
  images.channels = data::ImageChannels(manifest.input_shape);
  absl::StatusOr<data::Dataset> test =
      data::Open(spec, data::Split::kTest, csv, images);
  AskedRows asked;
  if (absl::IsNotFound(test.status())) {
    HG_ASSIGN_OR_RETURN(asked.dataset,
                        data::Open(spec, data::Split::kTrain, csv, images));
    asked.kind = record ? Kind::kWhole : Kind::kUnknown;
    asked.origin = absl::StrCat(
        "all ", asked.dataset.rows, " rows, for there is no test split",
        record ? ""
               : "; the checkpoint does not say if it was trained on them");
  } else {
    HG_RETURN_IF_ERROR(test.status());
    asked.dataset = *std::move(test);
    asked.origin = "its test split";
  }
  HG_RETURN_IF_ERROR(
      data::MatchClasses(spec, manifest.class_names, &asked.dataset));
  HG_RETURN_IF_ERROR(CheckFits(FactsOf(spec, asked.dataset), manifest.task,
                               manifest.input_shape, manifest.num_outputs));
  if (!record) return asked;
  const std::vector<uint64_t> keys = data::RowKeys(asked.dataset, record->seed);
  const int64_t percent = data::PercentTrainedOn(*record, keys);
  if (percent == 0) return asked;
  if (record->test_rows > 0) {
    HG_RETURN_IF_ERROR(KeepSetAside(spec, *record, keys, &asked));
    return asked;
  }
  asked.kind = Kind::kTrained;
  asked.origin = absl::StrCat("about ", percent,
                              " % of these rows are those that the networks "
                              "were trained on: no test figures");
  return asked;
}

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kTestSplit:
      return "test split";
    case Kind::kSetAside:
      return "set aside";
    case Kind::kWhole:
      return "whole";
    case Kind::kTrained:
      return "training rows";
    case Kind::kUnknown:
      return "unknown";
  }
  return "";
}

std::string TrainedRowsWarning(const std::string& spec,
                               const data::Dataset& dataset,
                               const Manifest& manifest) {
  const absl::StatusOr<std::optional<data::RowRecord>> record =
      data::ReadRowRecord(manifest.provenance);
  if (!record.ok() || !*record) return "";
  const int64_t percent =
      data::PercentTrainedOn(**record, data::RowKeys(dataset, (*record)->seed));
  if (percent == 0) return "";
  return absl::StrCat(spec, ": about ", percent,
                      " % of these rows are those that the networks were "
                      "trained on");
}

}  // namespace hypergan::trainer
