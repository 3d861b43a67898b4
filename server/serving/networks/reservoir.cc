#include "server/serving/networks/reservoir.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/status_macros.h"

namespace hypergan::server {
namespace {

using Drawn = std::vector<std::shared_ptr<const WeightSets>>;

absl::StatusOr<Drawn> DrawRanges(const Engine& engine,
                                 absl::Span<const NetworkRange> ranges,
                                 const Interrupt& interrupt) {
  HG_ASSIGN_OR_RETURN(Drawn drawn, engine.Draw(ranges, interrupt));
  if (drawn.size() != ranges.size()) {
    return absl::InternalError("the engine drew another number of ensembles");
  }
  return drawn;
}

int64_t BytesOfKind(const std::deque<Reservoir::Ensemble>& ensembles) {
  int64_t bytes = 0;
  for (const auto& ensemble : ensembles) bytes += ensemble.networks->bytes();
  return bytes;
}

}  // namespace

Reservoir::Reservoir(const SamplingOptions& options, const Limits& limits,
                     SeedSource& seeds, StoreMetrics& metrics)
    : max_bytes_(options.reservoir_bytes),
      max_networks_(options.reservoir_networks),
      max_ensemble_(
          std::min(limits.max_piece_networks, options.reservoir_networks)),
      max_ensemble_bytes_(
          std::min(limits.max_piece_bytes, options.reservoir_bytes)),
      seeds_(seeds),
      metrics_(metrics) {}

std::optional<Reservoir::Ensemble> Reservoir::Take(
    const std::shared_ptr<const Engine>& engine, int64_t num_networks,
    absl::Time now) {
  resting_ = false;
  Forget(now);
  if (!IsFor(*engine, num_networks)) {
    metrics_.CountMiss();
    return std::nullopt;
  }
  Kind& kind = Remember(engine, num_networks, now);
  if (kind.ensembles.empty()) {
    metrics_.CountMiss();
    return std::nullopt;
  }
  Ensemble ensemble = std::move(kind.ensembles.front());
  kind.ensembles.pop_front();
  metrics_.CountHit();
  TellLevel();
  return ensemble;
}

absl::StatusOr<bool> Reservoir::Refill(absl::Time now,
                                       const Interrupt& interrupt) {
  if (resting_) return false;
  Forget(now);
  for (Kind& kind : kinds_) {
    const int64_t wanted = EnsemblesToDraw(kind);
    if (wanted == 0) continue;
    const absl::Status status = Draw(kind, wanted, interrupt);
    kind.is_full = Room(kind) < 1;
    resting_ = !status.ok();
    TellLevel();
    if (!status.ok()) return status;
    return true;
  }
  return false;
}

int64_t Reservoir::networks() const {
  int64_t networks = 0;
  for (const Kind& kind : kinds_) {
    networks += kind.num_networks * static_cast<int64_t>(kind.ensembles.size());
  }
  return networks;
}

int64_t Reservoir::bytes() const {
  int64_t bytes = 0;
  for (const Kind& kind : kinds_) bytes += BytesOfKind(kind.ensembles);
  return bytes;
}

bool Reservoir::IsFor(const Engine& engine, int64_t num_networks) const {
  return num_networks <= max_ensemble_ &&
         num_networks * engine.network_bytes() <= max_ensemble_bytes_;
}

Reservoir::Kind& Reservoir::Remember(
    const std::shared_ptr<const Engine>& engine, int64_t num_networks,
    absl::Time now) {
  const auto kind = Find(engine, num_networks);
  if (kind != kinds_.end()) {
    kinds_.splice(kinds_.begin(), kinds_, kind);
  } else {
    const int64_t bytes = num_networks * engine->network_bytes();
    kinds_.push_front({engine, num_networks, now, bytes, {}});
    if (kinds_.size() > kMaxKinds) kinds_.pop_back();
    // The others' shares have become smaller.
    for (Kind& other : kinds_) {
      while (!other.ensembles.empty() && Room(other) < 0) {
        other.ensembles.pop_back();
      }
    }
    TellLevel();
  }
  kinds_.front().asked = now;
  return kinds_.front();
}

std::list<Reservoir::Kind>::iterator Reservoir::Find(
    const std::shared_ptr<const Engine>& engine, int64_t num_networks) {
  return std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& known) {
    return known.engine == engine && known.num_networks == num_networks;
  });
}

void Reservoir::Drop(const std::shared_ptr<const Engine>& engine) {
  std::erase_if(kinds_,
                [&engine](const Kind& kind) { return kind.engine == engine; });
  TellLevel();
}

void Reservoir::Forget(absl::Time now) {
  const size_t erased = std::erase_if(
      kinds_, [now](const Kind& kind) { return now - kind.asked > kRecent; });
  if (erased > 0) TellLevel();
}

int64_t Reservoir::Room(const Kind& kind) const {
  const auto shares = static_cast<int64_t>(kinds_.size());
  const auto drawn = static_cast<int64_t>(kind.ensembles.size());
  const int64_t room = max_networks_ / shares / kind.num_networks - drawn;
  return std::min(room, max_bytes_ / shares / kind.ensemble_bytes - drawn);
}

int64_t Reservoir::EnsemblesPerDraw(const Kind& kind) const {
  const int64_t most = max_ensemble_bytes_ / kind.ensemble_bytes;
  return std::max<int64_t>(1, std::min(kLeastDrawn / kind.num_networks, most));
}

int64_t Reservoir::EnsemblesToDraw(const Kind& kind) const {
  const int64_t room = Room(kind);
  if (room < 1) return 0;
  const int64_t per_draw = EnsemblesPerDraw(kind);
  const int64_t half =
      std::max<int64_t>(1, (std::ssize(kind.ensembles) + room) / 2);
  if (kind.is_full && room < std::min(per_draw, half)) return 0;
  return std::min(room, per_draw);
}

// Besides one that is drawn anyway.
int64_t Reservoir::ExtraEnsembles(const Kind& kind) const {
  return std::clamp<int64_t>(Room(kind), 0, EnsemblesPerDraw(kind) - 1);
}

std::vector<NetworkRange> Reservoir::NewRanges(const Kind& kind,
                                               int64_t ensembles) {
  std::vector<NetworkRange> ranges;
  for (int64_t i = 0; i < ensembles; ++i) {
    ranges.push_back({seeds_.Next(), 0, kind.num_networks});
  }
  return ranges;
}

absl::Status Reservoir::Draw(Kind& kind, int64_t ensembles,
                             const Interrupt& interrupt) {
  const std::vector<NetworkRange> ranges = NewRanges(kind, ensembles);
  HG_ASSIGN_OR_RETURN(const auto drawn,
                      DrawRanges(*kind.engine, ranges, interrupt));
  Keep(kind, ranges, drawn);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const WeightSets>> Reservoir::DrawAlong(
    const std::shared_ptr<const Engine>& engine, const NetworkRange& range,
    const Interrupt& interrupt) {
  const auto kind = Find(engine, range.count);
  std::vector<NetworkRange> ranges;
  if (kind != kinds_.end()) ranges = NewRanges(*kind, ExtraEnsembles(*kind));
  ranges.push_back(range);
  HG_ASSIGN_OR_RETURN(auto drawn, DrawRanges(*engine, ranges, interrupt));
  std::shared_ptr<const WeightSets> wanted = std::move(drawn.back());
  drawn.pop_back();
  if (kind != kinds_.end()) {
    Keep(*kind, ranges, drawn);
    TellLevel();
  }
  return wanted;
}

void Reservoir::Keep(
    Kind& kind, absl::Span<const NetworkRange> ranges,
    absl::Span<const std::shared_ptr<const WeightSets>> drawn) {
  for (size_t i = 0; i < drawn.size(); ++i) {
    // The engine's estimate is of one network.
    kind.ensemble_bytes = std::max(kind.ensemble_bytes, drawn[i]->bytes());
    if (Room(kind) < 1) return;
    kind.ensembles.push_back({ranges[i].seed, drawn[i]});
    metrics_.CountFilled(kind.num_networks);
  }
}

void Reservoir::TellLevel() const { metrics_.SetLevel(networks(), bytes()); }

}  // namespace hypergan::server
