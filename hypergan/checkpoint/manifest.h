#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan {

inline constexpr int kManifestFormatVersion = 1;
// A manifest longer than this is refused unread.
inline constexpr size_t kMaxManifestBytes = size_t{1} << 20;
inline constexpr int64_t kMaxNoiseSize = 65536;

enum class Task { kClassification, kRegression };

// "classification" or "regression".
absl::string_view TaskName(Task task);

// The calibration rows' primary scores by ensembles of `networks` networks.
struct NetworkQuantiles {
  int64_t networks = 0;
  // Ascending; the i-th of m is the score of rank ceil(i * rows / m).
  std::vector<double> quantiles;
};

// The calibration rows' scores of another kind, by as many networks as the
// primary ones; for those who compare them with served rows.
struct ScoreQuantiles {
  std::string score;              // a name from the contract's table of scores
  std::vector<double> quantiles;  // as NetworkQuantiles
};

// How a row's primary score becomes its `ood_score`: see
// hypergan/checkpoint/calibration.h.
struct Calibration {
  std::string primary_score;  // a name from the contract's table of scores
  int64_t rows = 0;           // held-out in-distribution rows; 0: not known
  double threshold = 0.95;    // is_ood: ood_score >= threshold
  std::vector<double> quantiles = {};  // with `networks`, as NetworkQuantiles
  int64_t networks = 100;              // N; not in the manifest: the default N
  // With other N, ascending and all different.
  std::vector<NetworkQuantiles> other_networks = {};
  // Each of another score, none of the primary one.
  std::vector<ScoreQuantiles> other_scores = {};

  // Manifests of others may not say how many rows there were. Their quantiles
  // are then all that is known.
  int64_t KnownRows() const { return rows > 0 ? rows : std::ssize(quantiles); }
};

// One minus the probability of its own label, of `rows` held-out rows by the
// default number of networks; see hypergan/checkpoint/predictive.h.
struct LabelCalibration {
  int64_t rows = 0;               // at least one
  std::vector<double> quantiles;  // ascending, each in 0..1
};

// The least and the greatest value that the training rows have, per channel of
// images or column of a table; both of that size, or both empty.
struct InputRange {
  std::vector<double> least, greatest;
};

// What a checkpoint's `manifest.json` states. Plain data without LibTorch, so
// that the RPC layer can hand it on.
struct Manifest {
  int format_version = kManifestFormatVersion;
  Task task = Task::kClassification;
  int64_t noise_size = 0;
  // What the first noise number picks one of, each with the same probability,
  // and nothing else: starts of a HyperGAN, members of a deep ensemble. Above
  // 1, networks are drawn so that each is as frequent as any (docs/noise.md).
  int64_t members = 1;
  std::vector<int64_t> input_shape;      // of one row, as [1, 28, 28]
  int64_t num_outputs = 0;               // K
  std::vector<std::string> class_names;  // K of them, or none
  int64_t default_num_networks = 100;
  std::string target_network;       // its name
  std::string target_network_json;  // its description, or empty
  std::optional<Calibration> calibration;
  // Regression: the standard deviation of what the inputs do not determine
  // (aleatoric uncertainty), per output in its units; K of them, or none where
  // it is not known.
  std::vector<double> noise_deviation;
  // Classification: of the mean over networks (PoolTempered,
  // hypergan/ensemble/scores.h).
  double pool_temperature = 1;
  // Classification: for prediction sets; none without calibration rows.
  std::optional<LabelCalibration> label_calibration;
  InputRange input_range;
  std::vector<std::string> input_names;   // of a table's columns, or none
  std::vector<std::string> output_names;  // of a regression's values, or none
  std::map<std::string, std::string> provenance;  // data set, seed, epochs, ...
  std::map<std::string, double> validation;       // figures on validation rows

  // Numbers in one row: the product of input_shape.
  int64_t RowSize() const;
};

// Reads a manifest. INVALID_ARGUMENT, naming the field, for text that is not
// JSON, misses a field, or states sizes outside their bounds (each dimension
// and K in 1..2^20, at most 8 dimensions, noise size in 1..65536, members in
// 1..10000, the temperature in 1/64..64).
absl::StatusOr<Manifest> ParseManifest(absl::string_view json);

// The inverse of ParseManifest, indented for people.
std::string ManifestToJson(const Manifest& manifest);

}  // namespace hypergan
