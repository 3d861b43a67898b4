#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/client.h"
#include "data/dataset.h"

namespace hypergan::client {

struct AskOptions {
  int64_t num_networks = 0;           // N; 0: the model's default
  std::optional<uint64_t> seed = {};  // none: the server's choice
  bool network_outputs = false;
  // As in Query. With a target, for partial answers and for a stream all rows
  // must fit one request.
  std::optional<double> target_standard_error = {};
  std::optional<int64_t> max_networks = {};
  bool allow_partial = false;
  std::optional<double> coverage = {};
  // Called with each answer of a stream, if set; also for one request alone.
  std::function<void(const Prediction&)> on_stream = {};
};

// INVALID_ARGUMENT for rows of another size than the model's or, for images,
// another shape.
absl::Status CheckRows(const data::Dataset& dataset, const Model& model);

// INTERNAL unless `more` is of the networks of `first`.
absl::Status CheckSameNetworks(const Prediction& first, const Prediction& more);

// Asks about the rows `rows` of `dataset`. INVALID_ARGUMENT as CheckRows;
// INTERNAL for an answer that lacks something; else the errors of
// Client::Predict.
absl::StatusOr<Prediction> Ask(const Client& client, const Model& model,
                               const data::Dataset& dataset,
                               absl::Span<const int64_t> rows,
                               const AskOptions& options,
                               const Client::OnProgress& on_progress);

}  // namespace hypergan::client
