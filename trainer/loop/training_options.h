#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/images/image_options.h"
#include "data/tables/csv.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/target/architecture.h"
#include "trainer/data/split.h"
#include "trainer/methods/method_table.h"
#include "trainer/objective/augmentation.h"
#include "trainer/objective/synthetic_outliers.h"

namespace hypergan::trainer {

// One training run, as the flags of `hypergan-trainer train` say it.
struct TrainingOptions {
  // What from: specs of data/open.h. Without validation_data and
  // calibration_data those rows are set aside from the training data.
  std::string data, validation_data, calibration_data;
  data::CsvOptions csv;  // of all of them that are tables
  // Of all that are pictures; a `target` says how many channels they have.
  data::ImageOptions images;
  // A known target network, or a JSON file; empty: one that suits the data.
  std::string target;
  std::vector<int64_t> hidden;  // without `target`: units of hidden layers
  int64_t classes = 0;          // outputs of its last layer; 0: as described
  std::vector<std::string> class_names;
  SplitSizes split;
  GeneratorSizes sizes;
  Method method = Method::kHyperGan;

  // Where to: REPOSITORY/<model>/<version>/model.pt; version 0 is the next free
  // one, or, to resume, the greatest.
  std::string model_repository, model;
  int64_t version = 0;
  bool resume = false;
  // Of the checkpoint; a described one is for a HyperGAN alone.
  CheckpointFormat format = CheckpointFormat::kTorchScript;

  uint64_t seed = 1;
  uint64_t split_seed = 0;  // of the rows set aside; 0: `seed`
  int64_t epochs = 20;
  // Above 0: as many epochs as fit into that time, instead.
  double minutes = 0;
  int64_t networks = 10;     // sampled a step; a deep ensemble's members
  int64_t batch_size = 100;  // rows that a network sees a step
  // Networks that see the same batch; 0: all of a step. The smaller, the more
  // rows a step's gradient is from, in as many passes.
  int64_t committee = 0;
  // Share, 0 to 1, of a committee's loss as one ensemble beside the mean of its
  // networks' (Ambiguity, trainer/objective/target_pass.h).
  double joint = 0;
  double learning_rate = 5e-4;
  double last_learning_rate = 4e-5;  // of the generators' last layers
  double discriminator_learning_rate = 1e-4;
  // Codes drawn a step, if more than `networks`: BatchNorm's statistics and the
  // discriminator want many, and hidden layers are cheap beside the last ones
  // and the target networks.
  int64_t codes = 100;
  int64_t discriminator_width = 512;  // of its two hidden layers
  // Share of the weights' starting variance that all networks share.
  double shared_start = 0;
  double beta = 1.0;  // weight of the adversarial regulariser, Eq. 2
  // Regression: of the Gaussian likelihood, in the targets' units. 0: learnt;
  // it starts as the spread of the targets, and is then the root mean square
  // error of one network on the validation rows.
  double target_deviation = 1.0;

  // Of the training rows, before each step.
  AugmentationOptions augmentation;
  // Weight of the networks' disagreement (trainer/objective/target_pass.h) on
  // rows that stand in for the outside; a quarter of the batch is made into
  // those.
  double repulsion = 0;
  std::vector<SyntheticOutlier> synthetic_outliers = {
      SyntheticOutlier::kPatches};

  // HyperGANs: weight of the entropy of what the generators add to the
  // networks' starts (MeanLogDeviation, trainer/objective/losses.h).
  double entropy = 0;
  // HyperGANs with several starts: share of the steps before all starts part
  // from one (HyperGanPosterior::Options); 0: they never were one.
  double fork = 0;
  double fork_scale = 0.1;
  double fork_spread = 1;

  // Of half the squared norm of a network's weights; not of mean-field, which
  // has a prior.
  double weight_decay = 0;

  // Give the checkpoint that is kept the pool's temperature that suits the
  // validation rows best (trainer/evaluation/temperature.h)? Classification
  // only.
  bool temper = false;

  // Baselines: see their headers.
  double dropout_rate = 0.2;   // MC Dropout
  double prior_deviation = 1;  // mean-field, hmc
  double kl_weight = 1;        // mean-field, mnf
  double kl_warm_up =
      0;  // share of the steps in which that weight grows from 0
  int64_t samples = 200;   // sgld, apd, hmc: weight sets that the chains leave
  int64_t leapfrogs = 50;  // hmc: steps of a trajectory
  double teacher_share = 0.5;  // apd: of the steps, in which the chains move
  int64_t rounds = 5;  // apd: of the generator, for each of the other steps

  int64_t default_num_networks = 100;
  int64_t evaluation_networks = 100;
  int64_t epoch_rows = 2000;  // validation rows that each epoch is evaluated on
  int64_t evaluate_every = 1;  // epochs; 0: as EvaluateEvery has it
  int64_t patience = 0;        // evaluations without a better loss; 0: no limit
  double min_diversity = 0;    // stop below it; 0: no limit

  std::string device = "auto";
  int threads = 0;   // 0: one a core
  bool test = true;  // ask the chosen checkpoint about the test rows at the end
};

// Steps of an epoch of `rows`, which are at least one, and of all epochs.
int64_t StepsPerEpoch(const TrainingOptions& options, int64_t rows);
int64_t NumSteps(const TrainingOptions& options, int64_t rows);

// A twentieth of a run's epochs, at least one.
int64_t TwentiethOf(int64_t epochs);

// The epochs from one evaluation to the next where no flag says it: some twenty
// evaluations in all, for one takes as long as some dozens of steps on small
// data. HMC has one at its end, for no row may choose among its samples.
int64_t EvaluateEvery(const TrainingOptions& options);

// INVALID_ARGUMENT, naming the flag, for a value out of its bounds.
absl::Status CheckTrainingOptions(const TrainingOptions& options);

// The options that the trained weights depend on, as JSON: a run can only be
// resumed with the same.
std::string Fingerprint(const TrainingOptions& options,
                        const Architecture& architecture);

// The options in which two fingerprints differ, as "epochs: 3 then, 5 now",
// separated by "; ".
std::string FingerprintDifferences(const std::string& then,
                                   const std::string& now);

}  // namespace hypergan::trainer
