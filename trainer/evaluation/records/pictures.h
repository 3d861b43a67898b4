#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/ensemble/ensemble.h"
#include "trainer/data/rows.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// The `count` labelled rows that `outputs` are most (or least) uncertain about
// by their predictive entropy, the utmost first; of equals the earlier row.
// Captions name the label, and what the mean takes the row for where that is
// something else: "7, taken for 1", in `class_names` where there are any. Empty
// unless rows are images [1 or 3 channels, height, width].
std::vector<Picture> UncertainPictures(
    const Rows& rows, const EnsembleOutputs& outputs,
    const std::vector<std::string>& class_names, int64_t count, bool most);

// What the first layer of networks 0 .. num_networks - 1 looks for, [network]
// [filter]: its weights [N, outputs, channels, k, k] as bytes, each network by
// the scale of its largest: 255 (w / max |w| + 1) / 2, so that zero is grey.
// Empty unless the first weights are those of a convolution on 1 or 3 channels
// with at most 64 filters of at most 64 x 64.
absl::StatusOr<std::vector<std::vector<Picture>>> FirstLayerFilters(
    const Ensemble& ensemble, int64_t num_networks, uint64_t seed);

}  // namespace hypergan::trainer
