#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace hypergan::data {

// One key for each row: a hash of `seed`, of the row's inputs and target
// values, and of how many equal rows stand before it. So a row keeps its key
// when a file is sorted, cut, joined or renamed, and equal rows have keys of
// their own. Labels do not count, for a subset numbers classes anew. Two
// different rows have the same key once in 2^64.
std::vector<uint64_t> RowKeys(const Dataset& dataset, uint64_t seed);

// The share, 0 to 1, of rows that have a twin: an equal row elsewhere among
// them. `dataset` may be empty.
double ShareWithTwin(const Dataset& dataset);

// How many of `keys` are among `others`.
int64_t CountShared(const std::vector<uint64_t>& keys,
                    const std::vector<uint64_t>& others);

// Whether `shared` of `rows` rows are more than two independent samples would
// have in common, if `twins` (ShareWithTwin) of one sample have a twin in it:
// one row in a hundred, and one and a half times as many as have twins.
bool IsMoreThanChance(int64_t shared, int64_t rows, double twins);

}  // namespace hypergan::data
