#pragma once

#include <cstdint>

#include "server/serving/admission/limits.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// Cuts work into pieces, which is what everybody else may have to wait for.
class PiecePlan {
 public:
  // Of the limits it reads those of pieces.
  explicit PiecePlan(const Limits& limits)
      : max_row_networks_(limits.max_piece_row_networks),
        max_networks_(limits.max_piece_networks),
        max_bytes_(limits.max_piece_bytes) {}

  // What a batch asks, or has left to ask.
  struct Work {
    int64_t rows = 1;
    int64_t network_bytes = 1;  // of one weight set
    int64_t asked = 0;          // networks
    int64_t remaining = 0;
  };

  // The most networks that a piece asks about so many rows; at least one, so
  // that a piece may be as large as the rows of one request.
  int64_t MostNetworks(int64_t rows, int64_t network_bytes) const;

  // Is all of the job one piece, or no more work than one? (Steps of a job that
  // is watched on the way are smaller.)
  bool IsLight(const Job& job) const;

  // How many networks the next piece asks of those that remain: even pieces;
  // with `stepwise` as many again as were asked, so that there is soon
  // something to look at and the steps are few.
  int64_t NextNetworks(const Work& work, bool stepwise) const;

 private:
  const int64_t max_row_networks_;
  const int64_t max_networks_;
  const int64_t max_bytes_;
};

}  // namespace hypergan::server
