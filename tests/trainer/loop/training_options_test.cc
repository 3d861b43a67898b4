#include "trainer/loop/training_options.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/tiny_model.h"

namespace hypergan::trainer {
namespace {

using ::hypergan::testing::TinyArchitecture;
using ::testing::HasSubstr;

struct Change {
  std::string name;  // in the fingerprint
  std::function<void(TrainingOptions&)> make;
};

// What the trained weights depend on.
std::vector<Change> ChangesOfWeights() {
  using O = TrainingOptions;
  return {
      {"data", [](O& o) { o.data = "other"; }},
      {"validation_data", [](O& o) { o.validation_data = "other"; }},
      {"csv_labels", [](O& o) { o.csv.labels = true; }},
      {"target_columns", [](O& o) { o.csv.target_columns = 2; }},
      {"target_column", [](O& o) { o.csv.target_names = {"price"}; }},
      {"drop_columns", [](O& o) { o.csv.drop_columns = {"name"}; }},
      {"resize", [](O& o) { o.images.height = o.images.width = 8; }},
      {"method", [](O& o) { o.method = Method::kDeepEnsemble; }},
      {"training_rows", [](O& o) { o.split.training = 7; }},
      {"validation_rows", [](O& o) { o.split.validation = 7; }},
      {"calibration_rows", [](O& o) { o.split.calibration = 7; }},
      {"seed", [](O& o) { o.seed = 7; }},
      {"split_seed", [](O& o) { o.split_seed = 7; }},
      {"epochs", [](O& o) { o.epochs = 7; }},
      {"networks", [](O& o) { o.networks = 7; }},
      {"batch_size", [](O& o) { o.batch_size = 7; }},
      {"committee", [](O& o) { o.committee = 1; }},
      {"joint", [](O& o) { o.joint = 0.5; }},
      {"learning_rate", [](O& o) { o.learning_rate = 0.5; }},
      {"last_learning_rate", [](O& o) { o.last_learning_rate = 0.5; }},
      {"discriminator_learning_rate",
       [](O& o) { o.discriminator_learning_rate = 0.5; }},
      {"codes", [](O& o) { o.codes = 7; }},
      {"discriminator_width", [](O& o) { o.discriminator_width = 7; }},
      {"shared_start", [](O& o) { o.shared_start = 0.5; }},
      {"beta", [](O& o) { o.beta = 0.5; }},
      {"target_deviation", [](O& o) { o.target_deviation = 0.5; }},
      {"shift", [](O& o) { o.augmentation.shift = 2; }},
      {"flip", [](O& o) { o.augmentation.flip = true; }},
      {"repulsion", [](O& o) { o.repulsion = 0.5; }},
      {"entropy", [](O& o) { o.entropy = 0.5; }},
      {"fork", [](O& o) { o.fork = 0.5; }},
      {"weight_decay", [](O& o) { o.weight_decay = 0.5; }},
      {"dropout_rate", [](O& o) { o.dropout_rate = 0.5; }},
      {"prior_deviation", [](O& o) { o.prior_deviation = 0.5; }},
      {"kl_weight", [](O& o) { o.kl_weight = 0.5; }},
      {"kl_warm_up", [](O& o) { o.kl_warm_up = 0.5; }},
  };
}

// `base` must be an option's only cause of a difference.
void ExpectsOneDifference(const TrainingOptions& base, const Change& change) {
  SCOPED_TRACE(change.name);
  const Architecture architecture = TinyArchitecture("regression");
  TrainingOptions changed = base;
  change.make(changed);
  const std::string differences = FingerprintDifferences(
      Fingerprint(base, architecture), Fingerprint(changed, architecture));
  EXPECT_THAT(differences, HasSubstr(change.name + ": "));
}

TEST(FingerprintTest, ChangesWithEveryOptionThatTheWeightsDependOn) {
  TrainingOptions base;
  base.data = "digits";
  for (const Change& change : ChangesOfWeights()) {
    ExpectsOneDifference(base, change);
  }
}

TEST(FingerprintTest, HasTheOptionsOfTheMethodThatUsesThem) {
  TrainingOptions sgld;
  sgld.method = Method::kSgld;
  ExpectsOneDifference(sgld, {"samples", [](auto& o) { o.samples = 7; }});

  TrainingOptions hmc;
  hmc.method = Method::kHmc;
  ExpectsOneDifference(hmc, {"samples", [](auto& o) { o.samples = 7; }});
  ExpectsOneDifference(hmc, {"leapfrogs", [](auto& o) { o.leapfrogs = 7; }});

  TrainingOptions apd;
  apd.method = Method::kApd;
  ExpectsOneDifference(apd, {"samples", [](auto& o) { o.samples = 7; }});
  ExpectsOneDifference(apd, {"rounds", [](auto& o) { o.rounds = 7; }});
  ExpectsOneDifference(
      apd, {"teacher_share", [](auto& o) { o.teacher_share = 0.25; }});
}

TEST(FingerprintTest, HasTheOptionsOfObjectivesThatAreOn) {
  TrainingOptions repulsion;
  repulsion.repulsion = 1;
  ExpectsOneDifference(repulsion,
                       {"stand_ins", [](auto& o) {
                          o.synthetic_outliers = {SyntheticOutlier::kNoise};
                        }});

  TrainingOptions fork;
  fork.fork = 0.5;
  ExpectsOneDifference(fork, {"fork_scale", [](auto& o) { o.fork_scale = 1; }});
  ExpectsOneDifference(fork,
                       {"fork_spread", [](auto& o) { o.fork_spread = 2; }});
}

TEST(FingerprintTest, ChangesWithTheSizesAndTheTargetNetwork) {
  const TrainingOptions options;
  const Architecture base = TinyArchitecture("regression");
  Architecture sizes = base;
  sizes.sizes.code += 1;
  sizes.sizes.generator_hidden = {7};
  sizes.sizes.standard_codes = true;
  sizes.sizes.starts = 3;
  const std::string differences = FingerprintDifferences(
      Fingerprint(options, base), Fingerprint(options, sizes));
  for (const std::string name :
       {"code_size: ", "generator_hidden: ", "standard_codes: not set then",
        "starts: not set then, 3 now", "code_noise: "}) {
    EXPECT_THAT(differences, HasSubstr(name));
  }
}

// A resumed run may have another machine, place, or evaluation.
TEST(FingerprintTest, LeavesOutWhatTheWeightsDoNotDependOn) {
  TrainingOptions base, other;
  other.model_repository = "elsewhere";
  other.model = "another";
  other.version = 7;
  other.resume = true;
  other.device = "cuda";
  other.threads = 7;
  other.test = false;
  other.epoch_rows = 7;
  other.evaluation_networks = 7;
  other.default_num_networks = 7;
  const Architecture architecture = TinyArchitecture("regression");
  EXPECT_EQ(Fingerprint(base, architecture), Fingerprint(other, architecture));
}

TEST(FingerprintDifferencesTest, NamesEachDifferenceWithBothValues) {
  EXPECT_EQ(FingerprintDifferences(R"({"epochs":3,"seed":1,"flip":true})",
                                   R"({"epochs":5,"seed":1,"beta":2})"),
            "epochs: 3 then, 5 now; flip: true then, not set now; "
            "beta: not set then, 2 now");
}

TEST(FingerprintDifferencesTest, SurvivesAFingerprintThatIsNone) {
  EXPECT_EQ(FingerprintDifferences("{", R"({"epochs":5})"),
            "the options cannot be compared");
  EXPECT_EQ(FingerprintDifferences(R"({"epochs":5})", "[]"),
            "the options cannot be compared");
}

TEST(TrainingOptionsTest, EvaluatesSomeTwentyTimes) {
  TrainingOptions o;
  o.epochs = 1010;
  EXPECT_EQ(EvaluateEvery(o), 50);
  o.epochs = 3;
  EXPECT_EQ(EvaluateEvery(o), 1);
}

}  // namespace
}  // namespace hypergan::trainer
