#include "data/tables/test_split.h"

#include <algorithm>

#include "data/row_keys.h"

namespace hypergan::data {

TestSplit SplitOffTestRows(const Dataset& dataset, uint64_t seed,
                           bool sets_aside) {
  const std::vector<uint64_t> keys = RowKeys(dataset, seed);
  std::vector<uint64_t> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  TestSplit split;
  RowRecord& record = split.record;
  record.seed = seed;
  record.rows = dataset.rows;
  record.twins = ShareWithTwin(dataset);
  record.test_rows = sets_aside ? dataset.rows / 10 : 0;
  if (record.test_rows > 0) record.last_test_key = sorted[record.test_rows - 1];
  for (int64_t i = 0; i < dataset.rows; ++i) {
    (record.IsTestKey(keys[i]) ? split.test : split.rest).push_back(i);
  }
  // Keys may collide, if hardly ever.
  record.test_rows = static_cast<int64_t>(split.test.size());
  const int64_t sampled =
      std::min(kMaxSampledKeys, static_cast<int64_t>(split.rest.size()));
  const auto first = sorted.begin() + record.test_rows;
  record.sample.assign(first, first + sampled);
  return split;
}

}  // namespace hypergan::data
