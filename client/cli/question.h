#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/ask.h"
#include "client/model.h"
#include "data/dataset.h"

namespace hypergan::client {

// The inputs at `paths`, as the value of --inputs or --outside (`flag` is its
// name), read as `model` takes them; the reader's notes go to stderr.
absl::StatusOr<data::Dataset> ReadInputsByFlags(
    const std::string& flag, const std::vector<std::string>& paths,
    const Model& model);

// `count` rows of `total` from `first` on, or as many as there are.
// INVALID_ARGUMENT if there is none.
absl::StatusOr<std::vector<int64_t>> RowRange(int64_t first, int64_t count,
                                              int64_t total);

// At most `count` rows, evenly spread over `total`: data sets may be sorted by
// class.
std::vector<int64_t> SpreadRows(int64_t count, int64_t total);

// Asks networks that follow from `seed`, by --networks and --network_outputs,
// with a progress bar.
absl::StatusOr<Prediction> AskByFlags(const Client& client, const Model& model,
                                      const data::Dataset& dataset,
                                      const std::vector<int64_t>& rows,
                                      std::optional<uint64_t> seed);

}  // namespace hypergan::client
