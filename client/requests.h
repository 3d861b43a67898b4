#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/model.h"
#include "client/prediction.h"
#include "client/query.h"
#include "hypergan/v1/ensemble.pb.h"

namespace hypergan::client {

// INVALID_ARGUMENT if the numbers of a query do not fill its shape.
absl::Status CheckInputs(const Query& query);

// May the rows of `query` go in several requests? Not where the number of
// networks depends on the rows: then different rows would be put to different
// networks.
bool MayBeCut(const Query& query);

// The most rows of `query` that one request to `model` should carry: within the
// server's limits, with messages of some megabytes, and with work (rows times
// networks) that takes a few seconds.
int64_t RowsPerRequest(const Model& model, const Query& query);

// A query as the requests that it takes, one after the other, whoever sends
// them. All are put to the same networks: the same version, seed and N.
class Requests {
 public:
  // The query has passed CheckInputs. Without a `model` all rows go in one
  // request.
  Requests(Query query, const std::optional<Model>& model);

  v1::PredictRequest Next() const;

  // Takes the answer to Next(). INTERNAL if it does not hold together, or is of
  // other networks than the answers before.
  absl::Status Take(const v1::PredictResponse& response);

  // After an error of Next() for good, one without a pushback: makes requests
  // half as large, if the server found this one too large. False if that does
  // not help.
  bool MakeSmaller(const absl::Status& error);

  int64_t answered() const { return answered_; }
  bool done() const { return answered_ == rows_; }

  // What all answers say together. Call it once, when done.
  Prediction Result();

 private:
  int64_t PieceRows() const { return std::min(piece_, rows_ - answered_); }
  // Requests that follow each other need a seed that all of them name.
  void ChooseSeed();

  Query query_;  // its seed, N and version become those of the first answer
  const int64_t rows_;
  const int64_t row_size_;
  int64_t piece_;  // rows of the next request
  int64_t answered_ = 0;
  std::vector<Prediction> answers_;
};

}  // namespace hypergan::client
