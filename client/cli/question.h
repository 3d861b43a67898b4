#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/ask.h"
#include "client/cli/terminal/style.h"
#include "client/model.h"
#include "data/dataset.h"

namespace hypergan::client {

// The inputs at `paths`, as the value of --inputs or --outside (`flag` is its
// name), read as `model` takes them; the reader's notes go to stderr.
absl::StatusOr<data::Dataset> ReadInputsByFlags(
    const std::string& flag, const std::vector<std::string>& paths,
    const Model& model);

// The inputs by --inputs, with their labels by --labels.
absl::StatusOr<data::Dataset> ReadLabelledInputs(const Model& model);

// `count` rows of `total` from `first` on, or as many as there are.
// INVALID_ARGUMENT, about the flags `flags`, if there is none.
absl::StatusOr<std::vector<int64_t>> RowRange(const char* flags, int64_t first,
                                              int64_t count, int64_t total);

// At most `count` rows, evenly spread over `total`: data sets may be sorted by
// class.
std::vector<int64_t> SpreadRows(int64_t count, int64_t total);

// How pictures are drawn on standard output. INVALID_ARGUMENT for a --style
// that there is not.
absl::StatusOr<Style> StyleByFlags();

// What to ask by the flags, of networks that follow from `seed`.
AskOptions AskOptionsByFlags(const Model& model, std::optional<uint64_t> seed);

// Asks about the rows, with a progress bar.
absl::StatusOr<Prediction> AskWithProgress(const Client& client,
                                           const Model& model,
                                           const data::Dataset& dataset,
                                           const std::vector<int64_t>& rows,
                                           const AskOptions& options);

}  // namespace hypergan::client
