#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

// What one run of an experiment found out, as plain data without LibTorch: the
// experiments fill it in, `hypergan-trainer report` draws it. Beside the
// checkpoint as result.json.
namespace hypergan::trainer {

// One evaluated epoch: figures of training and of the validation rows, by name
// (see trainer/evaluation/evaluation.h; "loss", "diversity",
// "discriminator_accuracy", "seconds" since the start of training).
struct EpochResult {
  int64_t epoch = 0;  // from 1
  std::map<std::string, double> figures;
  std::vector<double> layer_diversity;
};

// One bin of a reliability diagram.
struct ReliabilityBin {
  double confidence = 0;  // mean of the largest probability; 0 if empty
  double accuracy = 0;    // share of right predictions; 0 if empty
  double share = 0;       // of all rows
};

// How one score tells outside rows (positive) from inside rows.
struct Separation {
  double auroc = 0;
  double aupr_out = 0;  // outside positive, average precision
  double aupr_in = 0;   // inside positive, average precision
  // The share of inside rows flagged where at least 95 % of the outside rows
  // are.
  double fpr95 = 0;
  std::vector<double> roc_fpr, roc_tpr;  // at most 201 points, ascending
  // The score's order statistics at shares i / 200, i = 0..200, ascending: the
  // inverse of its empirical CDF.
  std::vector<double> inside_quantiles, outside_quantiles;
};

// Inside test rows against one set of outside rows.
struct OutsideResult {
  std::string outside;  // the data set's name
  int64_t inside_rows = 0, outside_rows = 0;
  std::map<std::string, Separation> scores;  // by the contract's names
};

// One point of an attack's curve.
struct AttackPoint {
  double epsilon = 0;            // largest change of a pixel, pixels in [0, 1]
  double accuracy_single = 0;    // of the attacked network
  double accuracy_ensemble = 0;  // of the ensemble, on the same rows
  // Of an ensemble of networks drawn after the attack, on these rows.
  std::optional<double> accuracy_fresh;
  std::map<std::string, double> auroc;       // attacked against clean, by score
  std::map<std::string, double> mean_score;  // over the attacked rows
};

// A test set at one strength of a corruption; figures by name
// (trainer/evaluation/shift.h).
struct ShiftPoint {
  double amount = 0;  // in the corruption's unit; 0 for the rows as they are
  std::map<std::string, double> figures;
};

struct ShiftResult {
  std::string kind;                // "noise", "rotation", ...
  std::vector<ShiftPoint> points;  // from weak to strong; first: no change
};

struct AttackResult {
  std::string attack;               // "fgsm" or "pgd"
  std::string attacked;             // "network" or "ensemble"
  std::vector<AttackPoint> points;  // ascending epsilon, from 0
  // Of the attacked ensemble and of the one drawn after; of PGD.
  std::optional<int64_t> rows = {}, networks = {}, fresh_networks = {},
                         steps = {}, restarts = {};
};

// A regression's mean and deviation over `networks` networks.
struct BandResult {
  int64_t networks = 0;
  std::vector<double> x, truth, mean, deviation;
};

// A picture to show: bytes, rows of height x width pixels, channels last.
struct Picture {
  int64_t height = 0, width = 0, channels = 1;
  std::vector<uint8_t> pixels;
  std::string caption;  // as "7, taken for 1"
  double score = 0;     // predictive entropy
};

struct ExperimentResult {
  std::string experiment;  // "mnist"
  std::string method;      // "hypergan", "deep-ensemble", ...
  std::string variant;     // "paper", ...
  uint64_t seed = 0;
  std::string date;     // 2026-11-25
  std::string command;  // that runs it again
  std::string program_version;
  int64_t parameters = 0;      // of the target network
  std::string device = "cpu";  // or "cuda": seconds compare on one alone
  int threads = 0;
  double training_seconds = 0;            // by the clock, evaluation included
  double core_seconds = 0;                // of the process's cores
  int64_t networks = 0;                   // that the figures below are of
  std::map<std::string, double> figures;  // on the test rows
  std::vector<EpochResult> epochs;
  std::vector<ReliabilityBin> reliability_single, reliability;
  // Of each test row of a classification, in their order, so that two runs can
  // be compared row by row: 1 where the ensemble is right, else 0; and the
  // negative log-likelihood.
  std::vector<uint8_t> row_right;
  std::vector<float> row_losses;
  std::vector<OutsideResult> outside;
  std::vector<ShiftResult> shifts;
  std::vector<AttackResult> attacks;
  std::vector<BandResult> bands;
  std::vector<double> observations_x, observations_y;  // of a regression
  std::vector<Picture> most_uncertain, least_uncertain;
  // First-layer filters of a few networks: [network][filter].
  std::vector<std::vector<Picture>> filters;
};

// What ParseResult accepts at most.
inline constexpr size_t kMaxResultBytes = size_t{1} << 25;
inline constexpr size_t kMaxResultText = 4096;      // bytes of a text
inline constexpr size_t kMaxResultNumbers = 65536;  // of one list
inline constexpr size_t kMaxResultRecords = 4096;   // of one list or map
inline constexpr int64_t kMaxPictureSide = 1024;

// JSON and back, exactly. Numbers that are not finite are written as null and
// read as NaN; integers beyond 2^53 are text, for many readers round them;
// float32 lists are base64 of little-endian numbers; empty lists and optional
// fields without a value are left out, and so is nothing else.
std::string ResultToJson(const ExperimentResult& result);

// INVALID_ARGUMENT, naming the field ("outside[0].scores.variance.auroc"), for
// text that is not JSON, misses a field, has one of another type or beyond the
// bounds above, lists of unequal lengths that belong together, or a picture
// whose bytes are not height x width x channels (1 or 3). Fields that it does
// not know are passed over.
absl::StatusOr<ExperimentResult> ParseResult(const std::string& json);

}  // namespace hypergan::trainer
