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
  // As in Query. With either, all rows must fit one request: further ones could
  // stop at another number of networks.
  std::optional<double> target_standard_error = {};
  std::optional<int64_t> max_networks = {};
  bool allow_partial = false;
  std::optional<double> coverage = {};
  // Called with each answer of a stream, if set; also for one request alone.
  std::function<void(const Prediction&)> on_stream = {};
};

// Called with the number of rows that are answered.
using OnProgress = std::function<void(int64_t done)>;

// The most rows of this model that one request should carry: within the
// server's limit on rows, with messages under gRPC's customary 4 MiB, and with
// no more work (rows times networks) than a server takes on at once.
int64_t RowsPerRequest(const Model& model, const AskOptions& options);

// INVALID_ARGUMENT for rows of another size than the model's or, for images,
// another shape.
absl::Status CheckRows(const data::Dataset& dataset, const Model& model);

// INTERNAL unless `more` is of the networks of `first`, network outputs told or
// not alike; a `first` without rows says nothing.
absl::Status CheckSameNetworks(const Prediction& first, const Prediction& more);

// Asks about the rows `rows` of `dataset`, in as many requests as it takes, all
// of them of the same networks.
//   INVALID_ARGUMENT     as CheckRows; more rows than one request takes where
//                        there may be but one
//   FAILED_PRECONDITION  a second request cannot ask the same networks, because
//                        the server draws from a pool and no seed was named
//   else the errors of Client::Predict
absl::StatusOr<Prediction> Ask(const Client& client, const Model& model,
                               const data::Dataset& dataset,
                               absl::Span<const int64_t> rows,
                               const AskOptions& options,
                               const OnProgress& on_progress);

}  // namespace hypergan::client
