#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/engine.h"
#include "server/serving/admission/limits.h"
#include "server/serving/metrics/store_metrics.h"
#include "server/serving/networks/networks.h"
#include "server/serving/networks/sampling_options.h"
#include "server/serving/networks/seed_source.h"

namespace hypergan::server {

// Whole ensembles drawn ahead, each of a seed of its own, for the models and
// sizes that were asked for lately. What is taken is gone: no network is handed
// out twice. Bounded in bytes and in networks. For one thread.
//
// The kMaxKinds latest pairs of model and N share it evenly; a pair that was
// not asked for within kRecent loses its share.
class Reservoir {
 public:
  static constexpr size_t kMaxKinds = 4;
  static constexpr absl::Duration kRecent = absl::Minutes(1);

  struct Ensemble {
    uint64_t seed = 0;
    std::shared_ptr<const WeightSets> networks;
  };

  // Of the limits it reads those of pieces: ensembles larger than one are not
  // drawn ahead, for they would keep requests waiting for too long. Borrows the
  // seeds and the metrics.
  Reservoir(const SamplingOptions& options, const Limits& limits,
            SeedSource& seeds, StoreMetrics& metrics);

  // An ensemble of that size, if there is one. Remembers that it was asked for.
  std::optional<Ensemble> Take(const std::shared_ptr<const Engine>& engine,
                               int64_t num_networks, absl::Time now);

  // Draws one ensemble ahead, or as many small ones as are one product's worth.
  // What was full waits until as many are missing, at most half of what it
  // holds: with one missing at a time, whoever asks one request right after the
  // other would wait for each to be drawn alone.
  // False if there is no room or nothing to draw. After an error, the engine's,
  // it rests until the next Take.
  absl::StatusOr<bool> Refill(absl::Time now, const Interrupt& interrupt);

  // Draws a range for a request that found nothing, and, if that is a small
  // ensemble of a kind that is asked for, as many others for later requests as
  // the product takes along for little. The errors of Engine::Draw.
  absl::StatusOr<std::shared_ptr<const WeightSets>> DrawAlong(
      const std::shared_ptr<const Engine>& engine, const NetworkRange& range,
      const Interrupt& interrupt);

  // Keeps nothing of that engine any more.
  void Drop(const std::shared_ptr<const Engine>& engine);

  int64_t networks() const;
  int64_t bytes() const;

 private:
  // One model and N.
  struct Kind {
    std::shared_ptr<const Engine> engine;
    int64_t num_networks = 0;
    absl::Time asked;
    int64_t ensemble_bytes = 0;  // >= 1
    std::deque<Ensemble> ensembles;
    bool is_full = false;  // and rests until enough is missing
  };

  std::list<Kind>::iterator Find(const std::shared_ptr<const Engine>& engine,
                                 int64_t num_networks);
  // Is it small enough to be drawn ahead and kept at all?
  bool IsFor(const Engine& engine, int64_t num_networks) const;
  Kind& Remember(const std::shared_ptr<const Engine>& engine,
                 int64_t num_networks, absl::Time now);
  void Forget(absl::Time now);
  // How many more ensembles its share has room for.
  int64_t Room(const Kind& kind) const;
  // How many ensembles to draw at once: a product's worth, within the bytes of
  // a piece.
  int64_t EnsemblesPerDraw(const Kind& kind) const;
  // How many ensembles to draw for it now; 0: none.
  int64_t EnsemblesToDraw(const Kind& kind) const;
  int64_t ExtraEnsembles(const Kind& kind) const;
  std::vector<NetworkRange> NewRanges(const Kind& kind, int64_t ensembles);
  absl::Status Draw(Kind& kind, int64_t ensembles, const Interrupt& interrupt);
  void Keep(Kind& kind, absl::Span<const NetworkRange> ranges,
            absl::Span<const std::shared_ptr<const WeightSets>> drawn);
  void TellLevel() const;

  const int64_t max_bytes_;
  const int64_t max_networks_;
  const int64_t max_ensemble_;        // networks
  const int64_t max_ensemble_bytes_;  // and of all that is drawn at once
  SeedSource& seeds_;
  StoreMetrics& metrics_;
  std::list<Kind> kinds_;  // the latest asked for first
  bool resting_ = false;
};

}  // namespace hypergan::server
