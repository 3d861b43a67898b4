#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/engine.h"

namespace hypergan::server {

// An engine without a model. Network n answers row b's output k with
// Output(sum of the row, k, seed, n); the scores are fixed, but for ood_score,
// which is the row's sum, clamped to [0, 1], and is_ood at 0.95; of one network
// those that need more are absent. A row's outputs are infinite if its sum is
// above kOverflow, and so far apart above kWide that float32 does
// not hold their variance.
//
// It works in one step a network and asks `interrupt` before each.
class FakeEngine final : public Engine {
 public:
  // A network's seed and its place.
  using Network = std::pair<uint64_t, int64_t>;

  // What a session is asked to add.
  struct Piece {
    const SessionInputs& inputs;
    const std::vector<Network>& networks;
  };
  // Called at the start of each Add; what it returns ends it unless OK.
  using Hook = std::function<absl::Status(const Piece&, const Interrupt&)>;
  // The same for Draw.
  using DrawHook = std::function<absl::Status(
      absl::Span<const NetworkRange> ranges, const Interrupt&)>;

  // Called when the bytes of networks are asked for.
  using SizeHook = std::function<void()>;

  static constexpr int64_t kNetworkBytes = 1000;
  static constexpr double kOverflow = 1e38;
  static constexpr double kWide = 1e25;

  explicit FakeEngine(Manifest manifest, Hook hook = nullptr,
                      DrawHook draw_hook = nullptr,
                      SizeHook size_hook = nullptr);

  const Manifest& manifest() const override { return manifest_; }
  const std::string& manifest_json() const override { return manifest_json_; }
  int64_t network_bytes() const override;
  absl::StatusOr<std::vector<std::shared_ptr<const WeightSets>>> Draw(
      absl::Span<const NetworkRange> ranges,
      const Interrupt& interrupt) const override;
  absl::Status CheckDevice() const override { return device_; }
  void SetDevice(absl::Status status) { device_ = std::move(status); }
  absl::StatusOr<std::unique_ptr<Session>> Open(
      const SessionInputs& inputs) const override;

  static float Output(double row_sum, int64_t k, uint64_t seed, int64_t n);
  // Of weight sets that a FakeEngine drew.
  static std::vector<Network> NetworksOf(const NetworkSlice& slice);

  // How many sessions have been opened, and how many networks drawn, and at
  // most at once.
  int sessions() const { return sessions_; }
  int64_t drawn() const { return drawn_; }
  int64_t most_drawn_at_once() const { return most_drawn_at_once_; }

 private:
  const Manifest manifest_;
  const std::string manifest_json_;
  const Hook hook_;
  const DrawHook draw_hook_;
  const SizeHook size_hook_;
  absl::Status device_;
  mutable std::atomic<int> sessions_ = 0;
  mutable std::atomic<int64_t> drawn_ = 0;
  mutable std::atomic<int64_t> most_drawn_at_once_ = 0;
};

// A classifier of [2, 2] inputs with the classes "no", "maybe" and "yes", a
// default N of 10 and a calibration.
Manifest ClassifierManifest();
// A regression of [1] inputs on one output, uncalibrated, with a default N
// of 5.
Manifest RegressionManifest();

}  // namespace hypergan::server
