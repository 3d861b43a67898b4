#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/engine.h"

namespace hypergan::server {

// Answers at once and always the same, so that what is left is the server's
// own work.
class NullEngine final : public Engine {
 public:
  explicit NullEngine(Manifest manifest)
      : manifest_(std::move(manifest)),
        manifest_json_(ManifestToJson(manifest_)) {}

  const Manifest& manifest() const override { return manifest_; }
  const std::string& manifest_json() const override { return manifest_json_; }
  int64_t network_bytes() const override { return 1; }

  absl::StatusOr<std::vector<std::shared_ptr<const WeightSets>>> Draw(
      absl::Span<const NetworkRange> ranges, const Interrupt&) const override {
    std::vector<std::shared_ptr<const WeightSets>> drawn;
    for (const NetworkRange& range : ranges) {
      drawn.push_back(std::make_shared<Sets>(range.count));
    }
    return drawn;
  }

  absl::StatusOr<std::unique_ptr<Session>> Open(
      const SessionInputs&) const override {
    return std::make_unique<Answering>(manifest_.num_outputs);
  }

  static EnsemblePrediction Prediction(int64_t rows, int64_t outputs) {
    EnsemblePrediction prediction;
    prediction.mean.assign(static_cast<size_t>(rows * outputs), 0.1f);
    prediction.variance.assign(static_cast<size_t>(rows * outputs), 0.01f);
    prediction.scores.assign(static_cast<size_t>(rows),
                             {1.5, 1.2, 0.3, 0.1, 0.4, 0.5, false});
    return prediction;
  }

 private:
  class Sets final : public WeightSets {
   public:
    explicit Sets(int64_t count) : count_(count) {}
    int64_t count() const override { return count_; }
    int64_t bytes() const override { return count_; }

   private:
    const int64_t count_;
  };

  class Answering final : public Session {
   public:
    explicit Answering(int64_t outputs) : outputs_(outputs) {}
    absl::Status Add(absl::Span<const NetworkSlice> networks,
                     const Interrupt&) override {
      for (const NetworkSlice& slice : networks) num_networks_ += slice.count;
      return absl::OkStatus();
    }
    int64_t num_networks() const override { return num_networks_; }
    double LargestStandardError() const override { return 0.1; }
    absl::StatusOr<EnsemblePrediction> Result(int64_t,
                                              int64_t rows) const override {
      return Prediction(rows, outputs_);
    }

   private:
    const int64_t outputs_;
    int64_t num_networks_ = 0;
  };

  const Manifest manifest_;
  const std::string manifest_json_;
};

// As MNIST's: [1, 28, 28] to ten classes.
inline Manifest DigitsManifest() {
  Manifest manifest;
  manifest.noise_size = 256;
  manifest.input_shape = {1, 28, 28};
  manifest.num_outputs = 10;
  manifest.target_network = "mnist";
  for (const char* name : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}) {
    manifest.class_names.emplace_back(name);
  }
  return manifest;
}

}  // namespace hypergan::server
