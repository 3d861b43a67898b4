#pragma once

#include <cstdint>
#include <map>
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

// Some rows of a query, those of one request.
struct Piece {
  int64_t first = 0;
  int64_t rows = 0;
};

// A query as the requests that it takes, whoever sends them. All are put to the
// same networks: the same version, seed and N. The first answer says which
// these are, so its request is alone; the others may be under way together, and
// end in any order.
class Requests {
 public:
  // Replicas work side by side, and a single server has the next request when
  // it has answered.
  static constexpr int64_t kMaxUnderWay = 4;

  // The query has passed CheckInputs. Without a `model` all rows go in one
  // request.
  Requests(Query query, const std::optional<Model>& model);

  // The rows to be asked about next, which are under way from then on; none
  // while nothing more may be, or is left.
  std::optional<Piece> Next();
  v1::PredictRequest RequestOf(const Piece& piece) const;

  // Takes the answer about rows under way. INTERNAL if it does not hold
  // together, or is of other networks than the answers before.
  absl::Status Take(const Piece& piece, const v1::PredictResponse& response);

  // After an error for good, one without a pushback: puts these rows back, for
  // requests half as large, if the server found this one too large. False if
  // that does not help.
  bool MakeSmaller(const Piece& piece, const absl::Status& error);

  int64_t answered() const { return answered_; }
  bool done() const { return answered_ == rows_; }

  // What all answers say together. Call it once, when done.
  Prediction Result();

 private:
  // Requests that follow each other need a seed that all of them name.
  void ChooseSeed();

  Query query_;  // its seed, N and version become those of the first answer
  const int64_t rows_;
  int64_t piece_rows_;         // of the requests from here on
  int64_t next_row_ = 0;       // the first that was not asked about
  std::vector<Piece> halves_;  // to be asked about before that, the last first
  int64_t under_way_ = 0;      // requests
  int64_t answered_ = 0;       // rows
  std::map<int64_t, Prediction> answers_;  // by their first rows
};

}  // namespace hypergan::client
