#include "trainer/methods/method.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/target/module.h"
#include "trainer/methods/baselines/apd.h"
#include "trainer/methods/baselines/deep_ensemble.h"
#include "trainer/methods/baselines/hmc.h"
#include "trainer/methods/baselines/mc_dropout.h"
#include "trainer/methods/baselines/mean_field.h"
#include "trainer/methods/baselines/mnf.h"
#include "trainer/methods/baselines/sgld.h"
#include "trainer/methods/hypergan_posterior.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

absl::StatusOr<DirectPosterior::Parts> BaselineParts(
    const TrainingOptions& options, const TargetNetwork& target,
    int64_t training_rows, int64_t steps) {
  const uint64_t initial = StreamSeed(options.seed, Stream::kInitialWeights);
  const uint64_t noise = StreamSeed(options.seed, Stream::kTrainingNoise);
  const auto warm_up_steps =
      static_cast<int64_t>(options.kl_warm_up * static_cast<double>(steps));
  switch (options.method) {
    case Method::kMcDropout:
      return McDropout(target, {.rate = options.dropout_rate,
                                .weight_decay = options.weight_decay,
                                .seed = initial,
                                .noise_seed = noise});
    case Method::kMeanField:
      return MeanField(target, {.prior_deviation = options.prior_deviation,
                                .kl_weight = options.kl_weight,
                                .warm_up_steps = warm_up_steps,
                                .training_rows = training_rows,
                                .seed = initial,
                                .noise_seed = noise});
    case Method::kDeepEnsemble:
      return DeepEnsemble(target, {.members = options.networks,
                                   .weight_decay = options.weight_decay,
                                   .seed = initial});
    case Method::kMnf:
      return Mnf(target, {.kl_weight = options.kl_weight,
                          .warm_up_steps = warm_up_steps,
                          .training_rows = training_rows,
                          .seed = initial,
                          .noise_seed = noise});
    case Method::kSgld:
    case Method::kApd:
    case Method::kHmc:
    case Method::kHyperGan:
      break;
  }
  return absl::InternalError(
      absl::StrCat("expected a method of one module under Adam, got ",
                   MethodName(options.method)));
}

SgldOptions ChainsOf(const TrainingOptions& options, int64_t training_rows,
                     int64_t steps) {
  return {.chains = options.networks,
          .samples = options.samples,
          .learning_rate = options.learning_rate,
          .weight_decay = options.weight_decay,
          .training_rows = training_rows,
          .steps = steps,
          .seed = StreamSeed(options.seed, Stream::kInitialWeights),
          .noise_seed = StreamSeed(options.seed, Stream::kTrainingNoise)};
}

// A half to find the chains' step sizes in, and one to sample in.
absl::Status CheckTrajectories(int64_t leapfrogs, int64_t steps) {
  const int64_t trajectory = leapfrogs + 1;
  if (steps >= 2 * trajectory) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--leapfrogs: expected two trajectories in the run's ", steps,
      " steps, of ", trajectory, " steps each, for --method=hmc; give more ",
      "--epochs or --minutes, or fewer --leapfrogs"));
}

// Whether each step's loss is that of all rows.
absl::Status CheckWhole(const TrainingOptions& o, int64_t training_rows) {
  if (o.batch_size < training_rows) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--batch_size: expected all ", training_rows,
        " training rows for --method=hmc, which samples the posterior given "
        "all of them, got ",
        o.batch_size));
  }
  return absl::OkStatus();
}

using PosteriorOr = absl::StatusOr<std::unique_ptr<Posterior>>;

PosteriorOr NewHyperGan(const TrainingOptions& options,
                        const Architecture& architecture, int64_t steps,
                        c10::Device device) {
  HG_ASSIGN_OR_RETURN(
      torch::jit::Module module,
      NewModule(architecture, StreamSeed(options.seed, Stream::kInitialWeights),
                options.shared_start));
  return std::make_unique<HyperGanPosterior>(
      architecture, std::move(module), options.seed,
      HyperGanPosterior::Options{
          .beta = options.beta,
          .codes = options.codes,
          .discriminator_width = options.discriminator_width,
          .weight_decay = options.weight_decay,
          .entropy = options.entropy,
          .fork_step =
              static_cast<int64_t>(options.fork * static_cast<double>(steps)),
          .fork_scale = options.fork_scale,
          .fork_spread = options.fork_spread},
      device);
}

PosteriorOr NewApd(const TrainingOptions& options, const TargetNetwork& target,
                   int64_t training_rows, int64_t steps, c10::Device device) {
  if (steps < 2) {
    return absl::InvalidArgumentError(
        "--epochs: expected two steps for --method=apd, one for the chains "
        "and one for the generator, got 1");
  }
  const auto share =
      static_cast<int64_t>(options.teacher_share * static_cast<double>(steps));
  const int64_t taught = std::clamp<int64_t>(share, 1, steps - 1);
  return Apd::New(
      target,
      {.teacher = ChainsOf(options, training_rows, taught),
       .rounds = options.rounds,
       .seed = StreamSeed(options.seed, Stream::kDistillation),
       .noise_seed = StreamSeed(options.seed, Stream::kDistillationNoise)},
      device);
}

PosteriorOr NewHmc(const TrainingOptions& options, const TargetNetwork& target,
                   int64_t training_rows, int64_t steps, c10::Device device) {
  HG_RETURN_IF_ERROR(CheckWhole(options, training_rows));
  HG_RETURN_IF_ERROR(CheckTrajectories(options.leapfrogs, steps));
  return Hmc::New(
      target,
      {.chains = options.networks,
       .samples = options.samples,
       .leapfrogs = options.leapfrogs,
       .prior_deviation = options.prior_deviation,
       .training_rows = training_rows,
       .steps = steps,
       .seed = StreamSeed(options.seed, Stream::kInitialWeights),
       .noise_seed = StreamSeed(options.seed, Stream::kTrainingNoise)},
      device);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Posterior>> NewPosterior(
    const TrainingOptions& options, const Architecture& architecture,
    int64_t training_rows, c10::Device device) {
  const TargetNetwork& target = architecture.target;
  const int64_t steps = NumSteps(options, training_rows);
  switch (options.method) {
    case Method::kHyperGan:
      return NewHyperGan(options, architecture, steps, device);
    case Method::kSgld:
      return Sgld::New(target, ChainsOf(options, training_rows, steps), device);
    case Method::kApd:
      return NewApd(options, target, training_rows, steps, device);
    case Method::kHmc:
      return NewHmc(options, target, training_rows, steps, device);
    case Method::kMcDropout:
    case Method::kMeanField:
    case Method::kDeepEnsemble:
    case Method::kMnf:
      break;
  }
  HG_ASSIGN_OR_RETURN(DirectPosterior::Parts parts,
                      BaselineParts(options, target, training_rows, steps));
  return std::make_unique<DirectPosterior>(std::move(parts), device);
}

EvaluationOptions EvaluationOf(uint64_t seed, int64_t networks,
                               int64_t members) {
  EvaluationOptions evaluation;
  evaluation.num_networks =
      members > 0 ? std::min(members, networks) : networks;
  evaluation.seed = StreamSeed(seed, Stream::kEvaluationNoise);
  return evaluation;
}

EvaluationOptions EvaluationOf(const TrainingOptions& options) {
  return EvaluationOf(
      options.seed, options.evaluation_networks,
      options.method == Method::kDeepEnsemble ? options.networks : 0);
}

int64_t MembersOf(const Manifest& manifest) {
  const auto method = manifest.provenance.find("method");
  const bool is_ensemble = method != manifest.provenance.end() &&
                           method->second == MethodName(Method::kDeepEnsemble);
  return is_ensemble && manifest.members > 1 ? manifest.members : 0;
}

}  // namespace hypergan::trainer
