#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/engine.h"

namespace hypergan::server {

class ModelMetrics;

// Why no more networks were asked.
enum class StopReason {
  kAllNetworks,    // the N that were asked for
  kTargetReached,  // the standard error fell below the target
  kMaxNetworks,    // the maximum came before the target
  kDeadline,       // the deadline was near
};

// Where the networks came from.
enum class Sampling {
  kSeeded,  // the request's seed
  kFresh,   // a seed that was never used before
  kPool,    // weight sets that other answers may have used as well
};

// Networks are added until the mean is known well enough.
struct Target {
  double standard_error = 0;  // largest, of the mean's outputs; > 0
  int64_t max_networks = 0;
};

// What a job is answered, or shown on the way.
struct Answer {
  EnsemblePrediction prediction;
  int64_t num_networks = 0;  // that were asked
  // Asking with it and num_networks gives the same again; none from a pool.
  std::optional<uint64_t> seed;
  Sampling sampling = Sampling::kFresh;
  StopReason stop = StopReason::kAllNetworks;
  double largest_standard_error = 0;  // of the mean; infinite for one network
  absl::Duration queued;   // waiting for its turn, between pieces too
  absl::Duration drawing;  // noise and weight sets, of the whole batch
  absl::Duration asking;   // outputs and scores, of the whole batch
};

// One request as the scheduler sees it, already checked against the manifest
// and the limits. Of an accepted job `done` is called exactly once, from the
// worker's thread or from within a Submit; nothing else is called after it, and
// no function may throw.
struct Job {
  std::shared_ptr<const Engine> engine;
  ModelMetrics* metrics = nullptr;  // borrowed for the server's life; or null
  absl::Span<const float> inputs;   // borrowed until `done`
  int64_t rows = 0;                 // B
  int64_t num_networks = 0;         // N; with a target: the least
  std::optional<uint64_t> seed;     // none: the server's choice
  bool network_outputs = false;
  std::optional<Target> target;
  // Answer at the deadline with the networks asked so far, if two or more.
  bool allow_partial = false;

  // Who asks, for clients to share the queue fairly; empty: not known.
  std::string client;
  int64_t bytes = 0;  // what it holds until it is done
  absl::Time deadline = absl::InfiniteFuture();
  // Has its client gone? Thread-safe.
  std::function<bool()> cancelled = [] { return false; };
  // Told after each piece but the last what the networks say so far; or null.
  std::function<void(Answer)> progress;
  std::function<void(absl::StatusOr<Answer>)> done;

  // The most networks it may come to ask.
  int64_t most_networks() const {
    return target ? target->max_networks : num_networks;
  }
  // The most work it may come to be: rows times networks.
  int64_t cost() const { return rows * most_networks(); }
  // May it end before its last network?
  bool partial() const { return target.has_value() || allow_partial; }
  // Does it look at the answer on the way, or may it have to?
  bool stepwise() const { return partial() || progress != nullptr; }
};

}  // namespace hypergan::server
