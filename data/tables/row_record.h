#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/dataset.h"

namespace hypergan::data {

// Which rows of a data set are for what, as a checkpoint's provenance keeps it,
// so that they can be told apart later from content alone: rows whose key
// (RowKeys by `seed`) is at most `last_test_key` were set aside to test on
// (data/tables/test_split.h), the others were trained, validated or calibrated
// with.
struct RowRecord {
  uint64_t seed = 0;
  int64_t rows = 0;       // of the data, those set aside included
  int64_t test_rows = 0;  // set aside; 0: none
  uint64_t last_test_key = 0;
  double twins = 0;  // ShareWithTwin
  // The least keys of the rows not set aside, ascending, at most
  // kMaxSampledKeys. Among rows with keys up to the greatest of these, they
  // are exactly the known ones.
  std::vector<uint64_t> sample;
  // Of all rows and their labels in their order (data/content_digest.h): what
  // is for what follows from their places. Empty in records of older versions.
  std::string digest;
  // Rows of the data that were trained, validated and calibrated with; none
  // where the rows came from elsewhere, and in records of older versions.
  std::optional<int64_t> training, validation, calibration;

  bool IsTestKey(uint64_t key) const {
    return test_rows > 0 && key <= last_test_key;
  }
};

inline constexpr int64_t kMaxSampledKeys = 64;

// What `keys` have in common with the rows that were not set aside: of how many
// of them that can be told, and how many are known. Both are counts of a small
// sample where the record's data are large. Keys of the set-aside share do not
// count.
struct SampledOverlap {
  int64_t rows = 0;
  int64_t known = 0;
};
SampledOverlap OverlapWith(const RowRecord& record,
                           const std::vector<uint64_t>& keys);

// How many of a hundred rows with these keys the record's networks were
// trained, validated or calibrated with, as far as its sample tells, at least
// 1; 0 where it is no more than chance.
int64_t PercentTrainedOn(const RowRecord& record,
                         const std::vector<uint64_t>& keys);

using Provenance = std::map<std::string, std::string>;

void WriteRowRecord(const RowRecord& record, Provenance* provenance);
// None if `provenance` holds none, as that of a model from elsewhere.
// INVALID_ARGUMENT, naming the field, for one that is not a record.
absl::StatusOr<std::optional<RowRecord>> ReadRowRecord(
    const Provenance& provenance);

}  // namespace hypergan::data
