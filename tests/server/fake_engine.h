#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "server/engine.h"

namespace hypergan::server {

// An engine without a model. Network n answers row b's output k with
// Output(sum of the row, k, seed, n); the scores are fixed, but for ood_score,
// which is the row's sum, clamped to [0, 1], and is_ood at 0.95.
//
// It works in one piece a network and asks `interrupt` before each.
class FakeEngine final : public Engine {
 public:
  // Called at the start of each prediction; what it returns ends it unless OK.
  using Hook = std::function<absl::Status(const EnsembleQuery&,
                                          const Interrupt& interrupt)>;

  explicit FakeEngine(Manifest manifest, Hook hook = nullptr);

  const Manifest& manifest() const override { return manifest_; }
  const std::string& manifest_json() const override { return manifest_json_; }
  absl::StatusOr<EnsemblePrediction> Predict(
      const EnsembleQuery& query, const Interrupt& interrupt) const override;

  static float Output(double row_sum, int64_t k, uint64_t seed, int64_t n);

  // How many predictions have been begun.
  int calls() const { return calls_; }

 private:
  absl::Status FillOutputs(const EnsembleQuery& query,
                           const Interrupt& interrupt,
                           std::vector<float>& outputs) const;

  const Manifest manifest_;
  const std::string manifest_json_;
  const Hook hook_;
  mutable std::atomic<int> calls_ = 0;
};

// A classifier of [2, 2] inputs with the classes "no", "maybe" and "yes", a
// default N of 10 and a calibration.
Manifest ClassifierManifest();
// A regression of [1] inputs on one output, uncalibrated, with a default N
// of 5.
Manifest RegressionManifest();

}  // namespace hypergan::server
