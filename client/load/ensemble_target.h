#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/load/target.h"
#include "client/model.h"
#include "client/options.h"
#include "data/dataset.h"

namespace hypergan::load {

inline constexpr int64_t kMaxConnections = 1000;

// What every request asks.
struct EnsembleQuestion {
  int64_t rows = 1;      // B
  int64_t networks = 0;  // N; 0: the model's default
  // none: fresh networks for every request. Else request i asks for networks
  // of the seed seed + i % seeds.
  std::optional<uint64_t> seed = {};
  int64_t seeds = 1;
};

// The first of the `rows` consecutive rows, out of `total` and round its end,
// that request `index` asks about. The slices follow on one another, with the
// smallest gap (mostly none) that makes every row come first once in `total`
// requests.
int64_t FirstRow(int64_t index, int64_t rows, int64_t total);

// Predict of hypergan.v1 over `connections` connections in turn, each request
// of them asked once, with the options' deadline. `dataset` is borrowed.
// INVALID_ARGUMENT for fewer rows in it than a request asks about, rows that
// are not the model's, or messages beyond the options' bound; else the errors
// of a connection.
absl::StatusOr<std::unique_ptr<Target>> MakeEnsembleTarget(
    const std::string& server, const client::ClientOptions& options,
    int64_t connections, const client::Model& model,
    const data::Dataset& dataset, const EnsembleQuestion& question);

}  // namespace hypergan::load
