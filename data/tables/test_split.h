#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "data/tables/row_record.h"

namespace hypergan::data {

// Which rows of a data set without a test split are set aside to test on: the
// tenth with the least keys (data/row_keys.h), so that a row's place in the
// file does not matter. What becomes of the rest, trainer/data/split.h says.
struct TestSplit {
  RowRecord record;
  std::vector<int64_t> test;  // places of rows, ascending; if `sets_aside`
  std::vector<int64_t> rest;
};

// A tenth of fewer than 10 rows is none.
TestSplit SplitOffTestRows(const Dataset& dataset, uint64_t seed,
                           bool sets_aside);

}  // namespace hypergan::data
