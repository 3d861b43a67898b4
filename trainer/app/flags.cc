#include "trainer/app/flags.h"

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/images/resize.h"
#include "trainer/methods/method.h"

namespace {
const hypergan::trainer::TrainingOptions kDefault;
}  // namespace

// For every verb.
ABSL_FLAG(std::string, data, "",
          "the data: a folder of IDX files, of CIFAR-10's binary files or of "
          "train/CLASS/IMAGE and test/CLASS/IMAGE; a .csv, .tsv or .npz file "
          "(NAME.csv stands for NAME.train.csv and NAME.test.csv where both "
          "exist); or generated:cubic, generated:sine. Without a test split a "
          "tenth of the rows is set aside to test on");
ABSL_FLAG(int64_t, target_columns, hypergan::data::CsvOptions().target_columns,
          "how many columns at the end of a table are what should come out");
ABSL_FLAG(std::vector<std::string>, target_column, {},
          "the columns of a table that should come out, by their names in its "
          "header, separated by commas");
ABSL_FLAG(std::vector<std::string>, drop_columns, {},
          "columns of a table that are not read, by name");
ABSL_FLAG(bool, csv_labels, false,
          "that one target column is a class: its number, or text");
ABSL_FLAG(std::string, resize, "",
          "resize all images to HEIGHTxWIDTH pixels, as 28x28");
ABSL_FLAG(std::string, device, kDefault.device,
          "auto, cpu, cuda or cuda:INDEX");
ABSL_FLAG(int, threads, kDefault.threads, "threads; 0: one a core");
ABSL_FLAG(uint64_t, seed, kDefault.seed, "seed of everything random");

// train: what and where.
ABSL_FLAG(
    std::string, target, "",
    "train: the target network: mnist, cifar-small, cifar, regression, or a "
    ".json file; without it, one that suits the data");
ABSL_FLAG(std::vector<std::string>, hidden, {},
          "train: without --target: units of each hidden layer for rows of a "
          "table, as 50,50");
ABSL_FLAG(std::string, recipe, "auto",
          "train: what the flags that are not given are set to: images, table "
          "or curve, as the data are (auto), or paper");
ABSL_FLAG(int64_t, classes, kDefault.classes,
          "train: outputs of the target network's last layer; 0: as described");
ABSL_FLAG(
    std::string, method, "hypergan",
    "train, experiment: hypergan, or a baseline: deep-ensemble, mc-dropout, "
    "mean-field, mnf, sgld, apd, hmc");
ABSL_FLAG(std::string, model_repository, "models",
          "train: the folder that gets MODEL/VERSION/model.pt");
ABSL_FLAG(std::string, model, "", "train: the model's name in the repository");
ABSL_FLAG(int64_t, version, kDefault.version,
          "train: its version; 0: the next free one");
ABSL_FLAG(std::string, format, "torchscript",
          "train: the checkpoint's format, torchscript (model.pt) or "
          "safetensors (model.safetensors, without code; --method=hypergan)");
ABSL_FLAG(bool, resume, kDefault.resume,
          "train: go on with an interrupted run, exactly");
ABSL_FLAG(std::string, validation_data, "",
          "train, laplace: validation rows from here (a training split) "
          "instead of set "
          "aside");
ABSL_FLAG(std::string, calibration_data, "",
          "train, laplace: calibration rows from here (a training split) "
          "instead of set "
          "aside");
ABSL_FLAG(std::vector<std::string>, class_names, {},
          "train: names of the classes, separated by commas");
ABSL_FLAG(
    int64_t, validation_rows, kDefault.split.validation,
    "train, laplace: rows set aside to choose the epoch by; without the "
    "flag 2000, of --recipe=paper 5000, and of laplace as at the training");
ABSL_FLAG(
    int64_t, calibration_rows, kDefault.split.calibration,
    "train, laplace: rows set aside to calibrate ood_score, prediction sets "
    "and noise with; without the flag as --validation_rows");
ABSL_FLAG(
    int64_t, training_rows, kDefault.split.training,
    "train, laplace: a fixed subset of that many rows; 0: all, and of laplace "
    "as at the training");

ABSL_FLAG(uint64_t, split_seed, kDefault.split_seed,
          "train, laplace: seed of the rows set aside; 0: --seed");

// train: how.
ABSL_FLAG(int64_t, epochs, kDefault.epochs, "train: passes over the rows");
ABSL_FLAG(double, minutes, kDefault.minutes,
          "train: as many epochs as fit into that time, by the measured rate; "
          "0: --epochs");
ABSL_FLAG(int64_t, networks, kDefault.networks,
          "train: networks sampled for a step");
ABSL_FLAG(int64_t, batch_size, kDefault.batch_size,
          "train: rows that a network sees in a step");
ABSL_FLAG(double, learning_rate, kDefault.learning_rate,
          "train: peak rate of the mixer and the generators' hidden layers");
ABSL_FLAG(double, last_learning_rate, kDefault.last_learning_rate,
          "train: peak rate of the generators' last layers");
ABSL_FLAG(double, discriminator_learning_rate,
          kDefault.discriminator_learning_rate,
          "train: peak rate of the discriminator");
ABSL_FLAG(
    int64_t, codes, kDefault.codes,
    "train: codes drawn for a step, which BatchNorm and the discriminator "
    "see; the first --networks of them become networks");
ABSL_FLAG(int64_t, discriminator_width, kDefault.discriminator_width,
          "train: units of each of the discriminator's two hidden layers");
ABSL_FLAG(int64_t, committee, kDefault.committee,
          "train: networks of a step that see the same rows; 0: all of them");
ABSL_FLAG(double, joint, kDefault.joint,
          "train: share, 0 to 1, of a committee's loss as one ensemble beside "
          "the mean of its networks'");
ABSL_FLAG(double, shared_start, kDefault.shared_start,
          "train: share of the weights' starting variance that all networks "
          "share: 0, as in the paper, to 1");
ABSL_FLAG(double, beta, kDefault.beta,
          "train: weight of the adversarial regulariser (Eq. 2)");
ABSL_FLAG(
    double, target_deviation, kDefault.target_deviation,
    "train: regression: standard deviation of the Gaussian likelihood; 0: "
    "learnt from the validation rows");
ABSL_FLAG(double, entropy, kDefault.entropy,
          "train: hypergan: weight of the mean log deviation of what the "
          "generators add to a start, which keeps it from shrinking");
ABSL_FLAG(double, fork, kDefault.fork,
          "train: hypergan with --starts: share of the steps before all starts "
          "part from one; 0: they never were one");
ABSL_FLAG(double, fork_scale, kDefault.fork_scale,
          "train: factor on the generators' last layers at that step");
ABSL_FLAG(double, fork_spread, kDefault.fork_spread,
          "train: factor on the distance of the starts from their mean at that "
          "step");
ABSL_FLAG(double, weight_decay, kDefault.weight_decay,
          "train: times half the squared norm of a network's weights (not "
          "mean-field, mnf, hmc)");
ABSL_FLAG(bool, temper, kDefault.temper,
          "train: at the end, fit the temperature of the networks' mean, at "
          "which the ensemble's likelihood on the validation rows is greatest");
ABSL_FLAG(double, dropout_rate, kDefault.dropout_rate,
          "train: mc-dropout: share of units dropped");
ABSL_FLAG(double, prior_deviation, kDefault.prior_deviation,
          "train: mean-field, hmc: deviation of the prior, in units of an "
          "ordinary network's initial weights");
ABSL_FLAG(double, kl_weight, kDefault.kl_weight,
          "train: mean-field, mnf: weight of the divergence from the prior");
ABSL_FLAG(double, kl_warm_up, kDefault.kl_warm_up,
          "train: mean-field, mnf: share of the steps in which that weight "
          "grows from 0");
ABSL_FLAG(int64_t, samples, kDefault.samples,
          "train: sgld, apd, hmc: weight sets that the chains leave");
ABSL_FLAG(int64_t, leapfrogs, kDefault.leapfrogs,
          "train: hmc: steps of a trajectory");
ABSL_FLAG(double, teacher_share, kDefault.teacher_share,
          "train: apd: share of the steps in which the chains move");
ABSL_FLAG(int64_t, rounds, kDefault.rounds,
          "train: apd: rounds of the generator for each of the other steps");
ABSL_FLAG(int64_t, shift, kDefault.augmentation.shift,
          "train: move images by up to that many pixels");
ABSL_FLAG(bool, flip, kDefault.augmentation.flip,
          "train: mirror half of the images");
ABSL_FLAG(double, repulsion, kDefault.repulsion,
          "train: weight of the networks' disagreement on synthetic "
          "outliers");
ABSL_FLAG(
    std::string, synthetic_outliers,
    SyntheticOutlierNames(kDefault.synthetic_outliers),
    "train: rows made from training rows that are unlike them, as many of "
    "each kind: some of noise, patches, blend, rotations, invert and blobs, "
    "separated by commas");
ABSL_FLAG(int64_t, default_num_networks, kDefault.default_num_networks,
          "train: networks a served prediction samples by default");
ABSL_FLAG(int64_t, evaluation_networks, kDefault.evaluation_networks,
          "train: networks that epochs are evaluated with");
ABSL_FLAG(int64_t, epoch_rows, kDefault.epoch_rows,
          "train: validation rows that an epoch is evaluated on, at most");
ABSL_FLAG(
    int64_t, evaluate_every, kDefault.evaluate_every,
    "train: epochs from one evaluation to the next; 0, and without the flag "
    "all recipes but paper: some twenty evaluations, of hmc one at the end");
ABSL_FLAG(int64_t, patience, kDefault.patience,
          "train: stop after that many evaluations without a better validation "
          "loss; 0: never");
ABSL_FLAG(double, min_diversity, kDefault.min_diversity,
          "train: stop when the relative deviation of the weights' norm falls "
          "below; 0: never");

// train: the HyperGAN's own sizes.
ABSL_FLAG(int64_t, noise_size, kDefault.sizes.noise,
          "train: size of the noise");
ABSL_FLAG(bool, mixer, kDefault.sizes.mixer,
          "train: false: the noise is the codes (the paper's ablation)");
ABSL_FLAG(bool, standard_codes, kDefault.sizes.standard_codes,
          "train: standardise the codes over the networks of a step");
ABSL_FLAG(int64_t, starts, kDefault.sizes.starts,
          "train: points of weight space that networks start from, each an "
          "equal share of them");
ABSL_FLAG(std::vector<std::string>, mixer_hidden,
          (std::vector<std::string>{"512", "512"}),
          "train: hidden sizes of the mixer");
ABSL_FLAG(int64_t, code_size, kDefault.sizes.code,
          "train: size of a layer's code");
ABSL_FLAG(std::vector<std::string>, generator_hidden,
          (std::vector<std::string>{"512", "512"}),
          "train: hidden sizes of the generators");

// experiment.
ABSL_FLAG(std::string, data_root, "",
          "experiment: the folder with mnist/, notmnist/, fashion-mnist/ and "
          "cifar10-jpeg/, of which each experiment needs its own");
ABSL_FLAG(
    std::string, variant, "paper",
    "experiment: paper, improved, or one of the method's controls; a wrong "
    "name lists them");
ABSL_FLAG(bool, short_form, false,
          "experiment: a form that takes seconds, to see that it runs");

// evaluate and plot.
ABSL_FLAG(std::string, checkpoint, "",
          "evaluate, plot, convert, laplace: a model.pt or model.safetensors");
ABSL_FLAG(std::string, ood_data, "",
          "evaluate: data from elsewhere, to tell apart from --data");
ABSL_FLAG(
    int64_t, num_networks, 0,
    "evaluate, plot: networks; 0: the checkpoint's default, or each member "
    "of a deep ensemble once");
ABSL_FLAG(int64_t, rows, 0, "evaluate: test rows at most; 0: all");
ABSL_FLAG(
    std::string, output, "",
    "plot: the SVG file to write; report: the HTML file; convert, laplace: "
    "the other checkpoint, .pt or .safetensors; experiment: the "
    "folder that gets models and results");
ABSL_FLAG(std::string, scores_csv, "",
          "evaluate: a file to write each row's probabilities and scores to");
ABSL_FLAG(std::string, markdown, "",
          "report: a Markdown file, written between its markers <!-- report "
          "begins --> and <!-- report ends -->");
ABSL_FLAG(std::string, pictures, "",
          "report: the folder for the Markdown file's pictures; empty: beside "
          "it, named after it");
ABSL_FLAG(bool, json, false, "evaluate: print JSON");

namespace hypergan::trainer {
namespace {

absl::StatusOr<std::vector<int64_t>> Sizes(
    const char* flag, const std::vector<std::string>& texts) {
  std::vector<int64_t> sizes;
  for (const std::string& text : texts) {
    int64_t size = 0;
    if (!absl::SimpleAtoi(text, &size)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--", flag, ": expected sizes separated by commas, got '", text,
          "'"));
    }
    sizes.push_back(size);
  }
  return sizes;
}

absl::StatusOr<CheckpointFormat> ParseFormat(const std::string& text) {
  if (text == "torchscript") return CheckpointFormat::kTorchScript;
  if (text == "safetensors") return CheckpointFormat::kSafetensors;
  return absl::InvalidArgumentError(absl::StrCat(
      "--format: expected torchscript or safetensors, got '", text, "'"));
}

absl::StatusOr<GeneratorSizes> GeneratorSizesFromFlags() {
  GeneratorSizes sizes;
  sizes.mixer = absl::GetFlag(FLAGS_mixer);
  sizes.standard_codes = absl::GetFlag(FLAGS_standard_codes);
  sizes.starts = absl::GetFlag(FLAGS_starts);
  sizes.noise = absl::GetFlag(FLAGS_noise_size);
  sizes.code = absl::GetFlag(FLAGS_code_size);
  HG_ASSIGN_OR_RETURN(sizes.mixer_hidden,
                      Sizes("mixer_hidden", absl::GetFlag(FLAGS_mixer_hidden)));
  HG_ASSIGN_OR_RETURN(
      sizes.generator_hidden,
      Sizes("generator_hidden", absl::GetFlag(FLAGS_generator_hidden)));
  return sizes;
}

// What is learned from, and for which outputs.
absl::Status SetData(TrainingOptions* o) {
  o->data = absl::GetFlag(FLAGS_data);
  o->validation_data = absl::GetFlag(FLAGS_validation_data);
  o->calibration_data = absl::GetFlag(FLAGS_calibration_data);
  o->csv = CsvOptionsFromFlags();
  HG_ASSIGN_OR_RETURN(o->images, ImageOptionsFromFlags());
  o->target = absl::GetFlag(FLAGS_target);
  HG_ASSIGN_OR_RETURN(o->hidden, Sizes("hidden", absl::GetFlag(FLAGS_hidden)));
  o->classes = absl::GetFlag(FLAGS_classes);
  o->class_names = absl::GetFlag(FLAGS_class_names);
  o->csv.class_names = o->class_names;
  o->split.validation = absl::GetFlag(FLAGS_validation_rows);
  o->split.calibration = absl::GetFlag(FLAGS_calibration_rows);
  o->split.training = absl::GetFlag(FLAGS_training_rows);
  return absl::OkStatus();
}

void SetBaselineOptions(TrainingOptions* o) {
  o->dropout_rate = absl::GetFlag(FLAGS_dropout_rate);
  o->prior_deviation = absl::GetFlag(FLAGS_prior_deviation);
  o->kl_weight = absl::GetFlag(FLAGS_kl_weight);
  o->kl_warm_up = absl::GetFlag(FLAGS_kl_warm_up);
  o->samples = absl::GetFlag(FLAGS_samples);
  o->leapfrogs = absl::GetFlag(FLAGS_leapfrogs);
  o->teacher_share = absl::GetFlag(FLAGS_teacher_share);
  o->rounds = absl::GetFlag(FLAGS_rounds);
}

}  // namespace

data::CsvOptions CsvOptionsFromFlags() {
  data::CsvOptions csv;
  csv.labels = absl::GetFlag(FLAGS_csv_labels);
  csv.target_columns = csv.labels ? 1 : absl::GetFlag(FLAGS_target_columns);
  csv.target_names = absl::GetFlag(FLAGS_target_column);
  csv.drop_columns = absl::GetFlag(FLAGS_drop_columns);
  return csv;
}

absl::StatusOr<data::ImageOptions> ImageOptionsFromFlags() {
  data::ImageOptions images;
  const std::string text = absl::GetFlag(FLAGS_resize);
  if (text.empty()) return images;
  HG_ASSIGN_OR_RETURN(const data::ImageSize size, data::ParseImageSize(text));
  images.height = size.height;
  images.width = size.width;
  return images;
}

absl::StatusOr<TrainingOptions> TrainingOptionsFromFlags() {
  TrainingOptions o;
  HG_RETURN_IF_ERROR(SetData(&o));
  HG_ASSIGN_OR_RETURN(o.method, ParseMethod(absl::GetFlag(FLAGS_method)));
  HG_ASSIGN_OR_RETURN(o.sizes, GeneratorSizesFromFlags());
  o.model_repository = absl::GetFlag(FLAGS_model_repository);
  o.model = absl::GetFlag(FLAGS_model);
  o.version = absl::GetFlag(FLAGS_version);
  o.resume = absl::GetFlag(FLAGS_resume);
  HG_ASSIGN_OR_RETURN(o.format, ParseFormat(absl::GetFlag(FLAGS_format)));
  o.split_seed = absl::GetFlag(FLAGS_split_seed);
  o.seed = absl::GetFlag(FLAGS_seed);
  o.epochs = absl::GetFlag(FLAGS_epochs);
  o.minutes = absl::GetFlag(FLAGS_minutes);
  o.networks = absl::GetFlag(FLAGS_networks);
  o.batch_size = absl::GetFlag(FLAGS_batch_size);
  o.learning_rate = absl::GetFlag(FLAGS_learning_rate);
  o.last_learning_rate = absl::GetFlag(FLAGS_last_learning_rate);
  o.discriminator_learning_rate =
      absl::GetFlag(FLAGS_discriminator_learning_rate);
  o.codes = absl::GetFlag(FLAGS_codes);
  o.committee = absl::GetFlag(FLAGS_committee);
  o.discriminator_width = absl::GetFlag(FLAGS_discriminator_width);
  o.shared_start = absl::GetFlag(FLAGS_shared_start);
  o.beta = absl::GetFlag(FLAGS_beta);
  o.target_deviation = absl::GetFlag(FLAGS_target_deviation);
  o.entropy = absl::GetFlag(FLAGS_entropy);
  o.fork = absl::GetFlag(FLAGS_fork);
  o.fork_scale = absl::GetFlag(FLAGS_fork_scale);
  o.fork_spread = absl::GetFlag(FLAGS_fork_spread);
  o.weight_decay = absl::GetFlag(FLAGS_weight_decay);
  o.temper = absl::GetFlag(FLAGS_temper);
  SetBaselineOptions(&o);
  o.augmentation.shift = absl::GetFlag(FLAGS_shift);
  o.augmentation.flip = absl::GetFlag(FLAGS_flip);
  o.repulsion = absl::GetFlag(FLAGS_repulsion);
  o.joint = absl::GetFlag(FLAGS_joint);
  HG_ASSIGN_OR_RETURN(
      o.synthetic_outliers,
      ParseSyntheticOutliers(absl::GetFlag(FLAGS_synthetic_outliers)));
  o.default_num_networks = absl::GetFlag(FLAGS_default_num_networks);
  o.evaluation_networks = absl::GetFlag(FLAGS_evaluation_networks);
  o.epoch_rows = absl::GetFlag(FLAGS_epoch_rows);
  o.evaluate_every = absl::GetFlag(FLAGS_evaluate_every);
  o.patience = absl::GetFlag(FLAGS_patience);
  o.min_diversity = absl::GetFlag(FLAGS_min_diversity);
  o.device = absl::GetFlag(FLAGS_device);
  o.threads = absl::GetFlag(FLAGS_threads);
  return o;
}

absl::StatusOr<DataRecipe> DataRecipeFromFlags() {
  return ParseDataRecipe(absl::GetFlag(FLAGS_recipe));
}

void KeepGiven(const std::set<std::string>& given, const TrainingOptions& from,
               TrainingOptions* options) {
  const bool has_network_of_each_start =
      options->sizes.starts > 1 && options->sizes.starts == options->networks;
  const auto keep = [&](const char* flag, auto field) {
    if (given.contains(flag)) field(*options) = field(from);
  };
#define HG_KEEP(flag, field) \
  keep(                      \
      #flag, [](auto& o) -> auto& { return o.field; })
  HG_KEEP(networks, networks);
  HG_KEEP(batch_size, batch_size);
  HG_KEEP(committee, committee);
  HG_KEEP(learning_rate, learning_rate);
  HG_KEEP(last_learning_rate, last_learning_rate);
  HG_KEEP(codes, codes);
  HG_KEEP(discriminator_width, discriminator_width);
  HG_KEEP(shared_start, shared_start);
  HG_KEEP(target_deviation, target_deviation);
  HG_KEEP(weight_decay, weight_decay);
  HG_KEEP(prior_deviation, prior_deviation);
  HG_KEEP(kl_warm_up, kl_warm_up);
  HG_KEEP(repulsion, repulsion);
  HG_KEEP(synthetic_outliers, synthetic_outliers);
  HG_KEEP(epoch_rows, epoch_rows);
  HG_KEEP(shift, augmentation.shift);
  HG_KEEP(temper, temper);
  HG_KEEP(starts, sizes.starts);
  HG_KEEP(standard_codes, sizes.standard_codes);
  HG_KEEP(mixer_hidden, sizes.mixer_hidden);
  HG_KEEP(generator_hidden, sizes.generator_hidden);
#undef HG_KEEP
  if (has_network_of_each_start) {
    if (!given.contains("starts")) options->sizes.starts = options->networks;
    if (!given.contains("networks")) options->networks = options->sizes.starts;
  }
}

}  // namespace hypergan::trainer
