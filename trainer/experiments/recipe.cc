#include "trainer/experiments/recipe.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "trainer/methods/method_table.h"
#include "trainer/recipes/method_options.h"
#include "trainer/recipes/starts.h"

namespace hypergan::trainer {
namespace {

// Rows set aside do not change with the seed of a run, so that its networks,
// not its rows, are what seeds compare.
constexpr uint64_t kSplitSeed = 1;

// One training set and its budget. Epochs are of a HyperGAN; see EpochsOf.
struct Recipe {
  const char* name;
  const char* data;  // below data_root, or generated:NAME
  const char* target;
  int64_t classes = 0;        // 0: as the target network has
  int64_t training_rows = 0;  // 0: all that are not set aside
  int64_t validation_rows, calibration_rows;
  int64_t evaluate_every;  // epochs
  bool flip = false;       // augmentation
  // What the variant "improved" has otherwise than all others.
  struct Form {
    int64_t epochs;
    int64_t shift = 0;        // augmentation, in pixels
    bool has_starts = false;  // see SetSeparate
    // Of a HyperGAN.
    double repulsion = 0;
    double joint = 0;
    double entropy = 0;
    // Evaluating a hundred networks takes as long as many steps; 0: as above.
    int64_t evaluate_every = 0;
  } plain, improved;
};

// On CIFAR-10, chosen by validation rows (docs/results/tried.md).
constexpr double kEntropy = 0.003;

constexpr double kRepulsion = 0.5;

// Of images of MNIST's form.
constexpr Recipe::Form MovedAndApart(int64_t epochs) {
  return {.epochs = epochs,
          .shift = 2,
          .has_starts = true,
          .repulsion = kRepulsion};
}

// Of some classes of CIFAR-10.
constexpr Recipe::Form JointWithEntropy(int64_t epochs) {
  return {.epochs = epochs,
          .shift = 4,
          .has_starts = true,
          .joint = 0.5,
          .entropy = kEntropy,
          .evaluate_every = 8};
}

// Of all ten, which are more than networks this small can learn: images are
// moved less than the paper's crops are.
constexpr Recipe::Form MovedWithEntropy(int64_t epochs,
                                        int64_t evaluate_every) {
  return {.epochs = epochs,
          .shift = 2,
          .has_starts = true,
          .entropy = kEntropy,
          .evaluate_every = evaluate_every};
}

// "improved" moves digits, which the paper has as they are, and keeps their
// networks apart outside; `cifar-5` and `cifar-10` it trains for longer. With
// `has_starts` networks start from ten points, which go ways of their own, on
// smaller batches, and their ensemble is tempered; on CIFAR-10 entropy keeps
// the networks of a point apart.
constexpr std::array kRecipes = {
    Recipe{.name = "mnist",
           .data = "mnist",
           .target = "mnist",
           .validation_rows = 5000,
           .calibration_rows = 2000,
           .evaluate_every = 1,
           .plain = {.epochs = 13},
           .improved = MovedAndApart(13)},
    Recipe{.name = "mnist-5000",
           .data = "mnist",
           .target = "mnist",
           .training_rows = 5000,
           .validation_rows = 2000,
           .calibration_rows = 2000,
           .evaluate_every = 4,
           .plain = {.epochs = 40},
           .improved = MovedAndApart(40)},
    Recipe{.name = "mnist-6",
           .data = "mnist#classes=0-5",
           .target = "mnist",
           .classes = 6,
           .training_rows = 5000,
           .validation_rows = 2000,
           .calibration_rows = 2000,
           .evaluate_every = 4,
           .plain = {.epochs = 40},
           .improved = MovedAndApart(40)},
    Recipe{.name = "fashion-mnist",
           .data = "fashion-mnist",
           .target = "mnist",
           .validation_rows = 5000,
           .calibration_rows = 2000,
           .evaluate_every = 1,
           .flip = true,
           .plain = {.epochs = 13},
           .improved = MovedAndApart(13)},
    Recipe{.name = "cifar-5",
           .data = "cifar10-jpeg#classes=0-4",
           .target = "cifar-small",
           .classes = 5,
           .validation_rows = 1500,
           .calibration_rows = 1000,
           .evaluate_every = 2,
           .flip = true,
           .plain = {.epochs = 40, .shift = 4},
           .improved = JointWithEntropy(128)},
    Recipe{.name = "cifar-6",
           .data = "cifar10-jpeg#classes=0-5",
           .target = "cifar-small",
           .classes = 6,
           .validation_rows = 1500,
           .calibration_rows = 1000,
           .evaluate_every = 2,
           .flip = true,
           .plain = {.epochs = 40, .shift = 4},
           .improved = JointWithEntropy(106)},
    Recipe{.name = "cifar-10",
           .data = "cifar10-jpeg",
           .target = "cifar-small",
           .validation_rows = 2500,
           .calibration_rows = 2000,
           .evaluate_every = 2,
           .flip = true,
           .plain = {.epochs = 30, .shift = 4},
           .improved = MovedWithEntropy(58, 8)},
    // To compare recipes where there is time for few epochs alone.
    Recipe{.name = "cifar-10-short",
           .data = "cifar10-jpeg",
           .target = "cifar-small",
           .validation_rows = 2500,
           .calibration_rows = 2000,
           .evaluate_every = 1,
           .flip = true,
           .plain = {.epochs = 5, .shift = 4},
           .improved = MovedWithEntropy(10, 2)},
    Recipe{.name = "cifar-10-large",
           .data = "cifar10-jpeg",
           .target = "cifar",
           .validation_rows = 2500,
           .calibration_rows = 2000,
           .evaluate_every = 1,
           .flip = true,
           .plain = {.epochs = 20, .shift = 4},
           .improved = MovedWithEntropy(20, 4)},
    Recipe{.name = "diversity",
           .data = "cifar10-jpeg",
           .target = "cifar-small",
           .validation_rows = 2500,
           .calibration_rows = 500,
           .evaluate_every = 1,
           .flip = true,
           .plain = {.epochs = 10, .shift = 4},
           .improved = {.epochs = 10, .shift = 4}},
};

// Networks of an ensemble and of a step, and starts of a HyperGAN.
constexpr int64_t kMembers = 10;

// Units of a hidden layer of the generators, where there are so many starts.
constexpr int64_t kWidth = 64;

// Networks that each go a way of their own, on smaller batches, and are less
// sure together than they are right.
void SetSeparate(TrainingOptions* o) {
  o->batch_size = 50;
  o->temper = true;
  if (o->method == Method::kHyperGan) SetStarts(kMembers, kWidth, o);
}

void RemoveMixer(int64_t layers, TrainingOptions* o) {
  o->sizes.mixer = false;
  const int64_t of_start = o->sizes.starts > 1 ? 1 : 0;
  o->sizes.noise = layers * o->sizes.code + of_start;
}

constexpr absl::string_view kImproved = "improved";

// What one part of the variant "improved" is worth: the same without it, or, of
// a method that lacks it, with it. On images.
struct Control {
  absl::string_view name;  // after "improved-"
  bool (*is_of)(Method method);
  void (*apply)(int64_t layers, TrainingOptions* o);
};

bool IsHyperGan(Method method) { return method == Method::kHyperGan; }
bool IsBaseline(Method method) { return !IsHyperGan(method); }
bool IsDropout(Method method) { return method == Method::kMcDropout; }
bool HasMembers(Method method) {
  return method == Method::kHyperGan || method == Method::kDeepEnsemble;
}

// Of an ensemble, or starts of a HyperGAN; the epochs follow (EpochsOf). A step
// of fewer starts takes less time, so its generators have to as well.
template <int64_t kCount>
void SetMembers(int64_t /*layers*/, TrainingOptions* o) {
  o->networks = kCount;
  if (!IsHyperGan(o->method)) return;
  o->sizes.starts = kCount;
  SetGeneratorWidth(kWidth * kCount / kMembers, o);
  o->evaluate_every =
      std::max<int64_t>(1, o->evaluate_every * kMembers / kCount);
}

constexpr std::array kControls = {
    Control{"without-discriminator", IsHyperGan,
            [](int64_t, TrainingOptions* o) { o->beta = 0; }},
    Control{"without-mixer", IsHyperGan, RemoveMixer},
    Control{"without-outliers", IsHyperGan,
            [](int64_t, TrainingOptions* o) { o->repulsion = 0; }},
    Control{"narrow", IsHyperGan,
            [](int64_t, TrainingOptions* o) { SetGeneratorWidth(16, o); }},
    Control{"forked", IsHyperGan,
            [](int64_t, TrainingOptions* o) { o->fork = 0.1; }},
    Control{"forked-apart", IsHyperGan,
            [](int64_t, TrainingOptions* o) {
              o->fork = 0.1;
              o->fork_spread = 5;
            }},
    Control{"with-outliers", IsBaseline,
            [](int64_t, TrainingOptions* o) { o->repulsion = kRepulsion; }},
    // The others are of ten.
    Control{"of-2", HasMembers, SetMembers<2>},
    Control{"of-5", HasMembers, SetMembers<5>},
    Control{"of-15", HasMembers, SetMembers<15>},
    // The others' rate is 0.2.
    Control{"rate-5", IsDropout,
            [](int64_t, TrainingOptions* o) { o->dropout_rate = 0.05; }},
    Control{"rate-10", IsDropout,
            [](int64_t, TrainingOptions* o) { o->dropout_rate = 0.1; }},
};

bool IsImproved(absl::string_view variant) {
  return absl::StartsWith(variant, kImproved);
}

// The control that `variant` names; none for a variant that is none.
const Control* FindControl(absl::string_view variant, Method method) {
  for (const Control& control : kControls) {
    if (control.is_of(method) &&
        variant == absl::StrCat(kImproved, "-", control.name)) {
      return &control;
    }
  }
  return nullptr;
}

std::string VariantNames(Method method) {
  std::vector<std::string> names = {"paper", std::string(kImproved)};
  if (IsHyperGan(method)) {
    for (const char* name :
         {"steady", "without-discriminator", "without-mixer"}) {
      names.emplace_back(name);
    }
  }
  for (const Control& control : kControls) {
    if (control.is_of(method)) {
      names.push_back(absl::StrCat(kImproved, "-", control.name));
    }
  }
  return absl::StrJoin(names, ", ");
}

absl::Status SetVariant(const std::string& variant, int64_t layers,
                        TrainingOptions* o) {
  const bool is_hypergan = o->method == Method::kHyperGan;
  if (variant == "paper") return absl::OkStatus();
  if (variant == kImproved || FindControl(variant, o->method) != nullptr) {
    o->committee = 1;
    if (is_hypergan) {
      SetSteady(o);
      // Gradients from ten times the rows bear larger steps.
      o->last_learning_rate = 1e-4;
    }
    return absl::OkStatus();
  }
  if (variant == "steady" && is_hypergan) {
    SetSteady(o);
    return absl::OkStatus();
  }
  if (variant == "without-discriminator" && is_hypergan) {
    o->beta = 0;
    return absl::OkStatus();
  }
  if (variant == "without-mixer" && is_hypergan) {
    RemoveMixer(layers, o);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--variant: expected one of ", VariantNames(o->method),
                   ", or one with -laplace at its end, for the method ",
                   MethodName(o->method), ", got '", variant, "'"));
}

// Epochs that take a method about as long as the HyperGAN's of ten networks a
// step (MethodRecipe); a method with repulsion of its own has the longer steps
// as well, and fewer members make as many passes in all.
int64_t EpochsOf(const TrainingOptions& o, const Recipe::Form& form) {
  const MethodRecipe& recipe = EntryOf(o.method).recipe;
  const bool has_repulsion = o.repulsion > 0;
  double factor = recipe.epochs;
  if (form.has_starts) {
    factor = form.repulsion > 0 && !has_repulsion ? recipe.epochs_with_repulsion
                                                  : recipe.epochs_with_starts;
  }
  if (form.has_starts && HasMembers(o.method)) {
    factor *= kMembers / static_cast<double>(o.networks);
  }
  return static_cast<int64_t>(
      std::lround(factor * static_cast<double>(form.epochs)));
}

// Small enough for seconds; shows that it runs, not what comes out.
void Shorten(TrainingOptions* o) {
  o->epochs = std::min<int64_t>(o->epochs, 2);
  if (o->method == Method::kHmc) {
    // Two trajectories, of a step an epoch.
    o->leapfrogs = 4;
    o->epochs = 2 * (o->leapfrogs + 1);
  }
  if (o->validation_data.empty()) {
    o->split = {.validation = 60, .calibration = 60, .training = 200};
  }
  o->networks = std::min<int64_t>(o->networks, 4);
  o->sizes.starts = std::min(o->sizes.starts, o->networks);
  o->batch_size = 50;
  const int64_t codes = o->sizes.code_noise() / o->sizes.code;
  o->sizes.code = 4;
  if (o->sizes.mixer) {
    o->sizes.noise = 8;
  } else {
    RemoveMixer(codes, o);
  }
  o->sizes.mixer_hidden = {16};
  o->sizes.generator_hidden = {16};
  o->default_num_networks = 4;
  o->evaluation_networks = 10;
}

void SetRegression(const RecipeChoice& choice, TrainingOptions* o) {
  o->data = "generated:cubic:1";
  o->validation_data = "generated:cubic:2";
  o->calibration_data = "generated:cubic:3";
  o->target = "regression";
  o->epochs = EntryOf(o->method).recipe.curve_epochs;
  o->evaluate_every = o->epochs / 12;
  // Its samples are of the run's second half; no validation row may choose.
  if (o->method == Method::kHmc) o->evaluate_every = o->epochs;
  o->target_deviation = 3;
  o->learning_rate = 1e-3;
  o->last_learning_rate = 1e-3;
  if (choice.method == Method::kHyperGan && choice.variant == "improved") {
    o->repulsion = kRepulsion;
    o->synthetic_outliers = {SyntheticOutlier::kNoise};
  }
}

void SetImages(const Recipe& recipe, const TargetNetwork& network,
               const RecipeChoice& choice, TrainingOptions* o) {
  o->data = absl::StrCat(choice.data_root, "/", recipe.data);
  o->target = recipe.target;
  o->classes = recipe.classes;
  o->split = {.validation = recipe.validation_rows,
              .calibration = recipe.calibration_rows,
              .training = recipe.training_rows};
  const Recipe::Form& form =
      IsImproved(choice.variant) ? recipe.improved : recipe.plain;
  o->evaluate_every = recipe.evaluate_every;
  o->augmentation = {.shift = form.shift, .flip = recipe.flip};
  if (form.has_starts) SetSeparate(o);
  if (choice.method == Method::kHyperGan) {
    o->repulsion = form.repulsion;
    o->joint = form.joint;
    if (form.joint > 0) o->committee = 2;
    o->entropy = form.entropy;
    if (form.evaluate_every > 0) o->evaluate_every = form.evaluate_every;
    // Without it the deviation that entropy asks for has no end.
    if (form.entropy > 0) o->weight_decay = 1e-4;
  }
  o->synthetic_outliers = {SyntheticOutlier::kPatches,
                           SyntheticOutlier::kBlobs};
  const Control* control = FindControl(choice.variant, choice.method);
  if (control != nullptr) {
    control->apply(static_cast<int64_t>(network.layers.size()), o);
  }
  o->epochs = EpochsOf(*o, form);
}

}  // namespace

absl::StatusOr<TrainingOptions> RecipeOptions(const std::string& name,
                                              const RecipeChoice& choice) {
  // Seeds are versions, which the server counts from 1.
  constexpr uint64_t kMaxSeed = 1'000'000;
  if (choice.seed < 1 || choice.seed > kMaxSeed) {
    return absl::InvalidArgumentError(
        absl::StrCat("--seed: expected 1..", kMaxSeed, ", got ", choice.seed));
  }
  TrainingOptions o;
  o.method = choice.method;
  o.seed = choice.seed;
  o.split_seed = kSplitSeed;
  o.model_repository = absl::StrCat(choice.output, "/", name);
  o.model = absl::StrCat(MethodName(choice.method), "-", choice.variant);
  o.version = static_cast<int64_t>(choice.seed);
  o.device = choice.device;
  o.threads = choice.threads;
  o.test = false;
  SetMethodOptions(&o);
  SetMethodNetworks(&o);
  const auto recipe =
      std::find_if(kRecipes.begin(), kRecipes.end(),
                   [&](const Recipe& each) { return name == each.name; });
  if (recipe == kRecipes.end() && name != "regression-1d") {
    return absl::NotFoundError(absl::StrCat(
        "no recipe '", name, "'; there are regression-1d, ",
        absl::StrJoin(kRecipes, ", ", [](std::string* out, const Recipe& each) {
          absl::StrAppend(out, each.name);
        })));
  }
  const std::string target =
      recipe == kRecipes.end() ? "regression" : recipe->target;
  HG_ASSIGN_OR_RETURN(const TargetNetwork network, FindTargetNetwork(target));
  HG_RETURN_IF_ERROR(SetVariant(
      choice.variant, static_cast<int64_t>(network.layers.size()), &o));
  if (recipe == kRecipes.end()) {
    if (FindControl(choice.variant, choice.method) != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("--variant: ", choice.variant,
                       " is of images, and regression-1d is a curve"));
    }
    SetRegression(choice, &o);
  } else {
    SetImages(*recipe, network, choice, &o);
  }
  if (choice.is_short) Shorten(&o);
  return o;
}

}  // namespace hypergan::trainer
