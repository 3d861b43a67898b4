#include "trainer/experiments/recipe.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/target/architecture.h"
#include "trainer/experiments/experiment.h"
#include "trainer/methods/method.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

RecipeChoice Choice(Method method = Method::kHyperGan,
                    const std::string& variant = "paper") {
  RecipeChoice choice;
  choice.data_root = "data";
  choice.output = "out";
  choice.method = method;
  choice.variant = variant;
  return choice;
}

TrainingOptions HyperGanOf(const std::string& recipe,
                           const std::string& variant) {
  return RecipeOptions(recipe, Choice(Method::kHyperGan, variant)).value();
}

TEST(RecipeTest, EveryExperimentHasOneThatTheTrainerTakes) {
  for (const Experiment& experiment : Experiments()) {
    for (const MethodEntry& entry : Methods()) {
      const auto options =
          RecipeOptions(experiment.recipe, Choice(entry.method));
      ASSERT_TRUE(options.ok()) << options.status();
      EXPECT_EQ(CheckTrainingOptions(*options), absl::OkStatus())
          << experiment.name;
      EXPECT_FALSE(options->test);  // the experiment asks about it by itself
    }
  }
}

TEST(RecipeTest, ShortFormsAreTakenToo) {
  for (const char* recipe : {"mnist", "mnist-5000", "cifar-5", "cifar-10",
                             "cifar-10-large", "regression-1d", "diversity"}) {
    RecipeChoice choice = Choice(Method::kHyperGan, "improved");
    choice.is_short = true;
    EXPECT_EQ(CheckTrainingOptions(RecipeOptions(recipe, choice).value()),
              absl::OkStatus())
        << recipe;
  }
}

// As "mixer off" asks for noise of another size where there are several starts.
TEST(RecipeTest, ShortFormsOfControlsHaveGeneratorsThatFit) {
  for (const char* variant :
       {"without-mixer", "improved-without-mixer", "improved-forked"}) {
    RecipeChoice choice = Choice(Method::kHyperGan, variant);
    choice.is_short = true;
    const TrainingOptions options = RecipeOptions("mnist-5000", choice).value();
    const TargetNetwork target = FindTargetNetwork(options.target).value();
    EXPECT_EQ(CheckArchitecture({target, options.sizes}), absl::OkStatus())
        << variant;
  }
}

// What a step of each costs, in training it (docs/results/report.md, core
// seconds).
TEST(RecipeTest, BaselinesHaveABudgetLikeTheHyperGans) {
  for (const char* recipe : {"mnist", "mnist-5000", "cifar-5", "cifar-10",
                             "cifar-10-large", "regression-1d", "diversity"}) {
    const auto epochs = [&](Method method) {
      return RecipeOptions(recipe, Choice(method)).value().epochs;
    };
    const int64_t hypergan = epochs(Method::kHyperGan);
    EXPECT_GT(epochs(Method::kDeepEnsemble), hypergan) << recipe;
    for (const Method method : {Method::kMcDropout, Method::kMeanField}) {
      EXPECT_GE(epochs(method), 6 * hypergan) << recipe;
    }
  }
}

TEST(RecipeTest, SeedsAreVersions) {
  RecipeChoice choice = Choice();
  for (const uint64_t seed : {0, 1'000'001}) {
    choice.seed = seed;
    EXPECT_THAT(RecipeOptions("mnist", choice).status().message(),
                HasSubstr("--seed: expected 1..1000000"));
  }
}

TEST(RecipeTest, PaperIsTheObjectiveOfThePaper) {
  const TrainingOptions options = RecipeOptions("mnist", Choice()).value();
  EXPECT_EQ(options.repulsion, 0);
  EXPECT_EQ(options.beta, 1);
  EXPECT_TRUE(options.sizes.mixer);
  EXPECT_EQ(options.augmentation.shift, 0);
  EXPECT_FALSE(options.augmentation.flip);
}

TEST(RecipeTest, VariantsChangeWhatTheirNamesSay) {
  const auto options = [](const char* variant) {
    return RecipeOptions("cifar-10", Choice(Method::kHyperGan, variant))
        .value();
  };
  EXPECT_EQ(options("without-discriminator").beta, 0);
  EXPECT_FALSE(options("without-mixer").sizes.mixer);
  // Five layers of codes.
  EXPECT_EQ(options("without-mixer").sizes.noise,
            5 * options("without-mixer").sizes.code);
  EXPECT_EQ(options("steady").repulsion, 0);
  for (const char* steady : {"steady", "improved"}) {
    EXPECT_GT(options(steady).shared_start, 0.5);
    EXPECT_TRUE(options(steady).sizes.standard_codes);
  }
  EXPECT_GT(options("improved").committee, 0);
  EXPECT_EQ(options("steady").committee, 0);
  EXPECT_EQ(options("paper").committee, 0);
  EXPECT_EQ(options("paper").shared_start, 0);
  EXPECT_FALSE(options("paper").sizes.standard_codes);
}

TEST(RecipeTest, ImprovedKeepsNetworksApartOnDigits) {
  const auto options = [](const char* recipe, const char* variant) {
    return RecipeOptions(recipe, Choice(Method::kHyperGan, variant)).value();
  };
  EXPECT_GT(options("mnist", "improved").repulsion, 0);
  EXPECT_GT(options("regression-1d", "improved").repulsion, 0);
  EXPECT_EQ(options("mnist", "steady").repulsion, 0);
  EXPECT_EQ(options("cifar-10", "improved").repulsion, 0);
}

TEST(RecipeTest, ImprovedHasAStartForEachNetworkOfAStepOnImages) {
  const auto options = [](const char* recipe, const char* variant,
                          Method method = Method::kHyperGan) {
    return RecipeOptions(recipe, Choice(method, variant)).value();
  };
  for (const char* recipe :
       {"mnist", "mnist-5000", "cifar-5", "cifar-10", "cifar-10-large"}) {
    const TrainingOptions improved = options(recipe, "improved");
    EXPECT_EQ(improved.sizes.starts, improved.networks);
    EXPECT_TRUE(improved.temper);
    EXPECT_EQ(options(recipe, "paper").sizes.starts, 1);
    EXPECT_FALSE(options(recipe, "paper").temper);
    const TrainingOptions baseline =
        options(recipe, "improved", Method::kDeepEnsemble);
    EXPECT_EQ(baseline.batch_size, improved.batch_size);
    EXPECT_TRUE(baseline.temper);
  }
  EXPECT_EQ(options("regression-1d", "improved").sizes.starts, 1);
}

TEST(RecipeTest, ImprovedHasPairsThatLearnAsOneOnCifar5Alone) {
  const auto options = [](const char* recipe, Method method) {
    return RecipeOptions(recipe, Choice(method, "improved")).value();
  };
  EXPECT_GT(options("cifar-5", Method::kHyperGan).joint, 0);
  EXPECT_EQ(options("cifar-5", Method::kHyperGan).committee, 2);
  for (const char* recipe : {"mnist", "mnist-5000", "cifar-10"}) {
    EXPECT_EQ(options(recipe, Method::kHyperGan).joint, 0);
    EXPECT_EQ(options(recipe, Method::kHyperGan).committee, 1);
  }
  EXPECT_EQ(options("cifar-5", Method::kDeepEnsemble).joint, 0);
  EXPECT_EQ(options("cifar-5", Method::kDeepEnsemble).committee, 1);
}

// The last layers move every start, by a sum over their inputs: 1e-5 is for the
// paper's 512.
TEST(RecipeTest, LastLayersOfNarrowGeneratorsTakeLargerSteps) {
  for (const char* recipe :
       {"mnist", "mnist-5000", "cifar-5", "cifar-10", "cifar-10-large"}) {
    const TrainingOptions narrow =
        RecipeOptions(recipe, Choice(Method::kHyperGan, "improved")).value();
    const int64_t width = narrow.sizes.generator_hidden.back();
    EXPECT_LT(width, 512) << recipe;
    EXPECT_EQ(narrow.discriminator_width, width) << recipe;
    EXPECT_NEAR(narrow.last_learning_rate * static_cast<double>(width),
                1e-5 * 512, 1e-9)
        << recipe;
  }
}

// Nothing else keeps the networks of a start apart on CIFAR-10, and no other
// end is set to how far.
TEST(RecipeTest, ImprovedHasEntropyAndWeightDecayOnCifarAlone) {
  const auto options = [](const char* recipe, const char* variant) {
    return RecipeOptions(recipe, Choice(Method::kHyperGan, variant)).value();
  };
  for (const char* recipe : {"cifar-5", "cifar-10", "cifar-10-large"}) {
    EXPECT_GT(options(recipe, "improved").entropy, 0) << recipe;
    EXPECT_GT(options(recipe, "improved").weight_decay, 0) << recipe;
    EXPECT_EQ(options(recipe, "paper").entropy, 0) << recipe;
    EXPECT_EQ(options(recipe, "paper").weight_decay, 0) << recipe;
  }
  for (const char* recipe : {"mnist", "mnist-5000", "regression-1d"}) {
    EXPECT_EQ(options(recipe, "improved").entropy, 0) << recipe;
  }
}

TEST(RecipeTest, ImprovedMovesDigitsAndTrainsCifarLonger) {
  const auto options = [](const char* recipe, const char* variant,
                          Method method = Method::kDeepEnsemble) {
    return RecipeOptions(recipe, Choice(method, variant)).value();
  };
  EXPECT_EQ(options("mnist", "improved").augmentation.shift, 2);
  EXPECT_EQ(options("mnist", "improved", Method::kHyperGan).epochs,
            options("mnist", "paper", Method::kHyperGan).epochs);
  for (const char* recipe : {"cifar-5", "cifar-10"}) {
    EXPECT_EQ(options(recipe, "paper").augmentation.shift, 4);
    EXPECT_GT(options(recipe, "improved").epochs,
              options(recipe, "paper").epochs);
    EXPECT_TRUE(options(recipe, "improved").augmentation.flip);
  }
  EXPECT_EQ(options("cifar-10", "improved").augmentation.shift, 2);
}

TEST(RecipeTest, RowsSetAsideAreTheSameForEverySeedAndMethod) {
  RecipeChoice other = Choice(Method::kDeepEnsemble, "improved");
  other.seed = 5;
  const TrainingOptions one = RecipeOptions("mnist-5000", Choice()).value();
  const TrainingOptions two = RecipeOptions("mnist-5000", other).value();
  EXPECT_GT(one.split_seed, 0u);
  EXPECT_EQ(one.split_seed, two.split_seed);
  EXPECT_EQ(one.split.training, 5000);
  EXPECT_EQ(two.split.training, 5000);
}

TEST(RecipeTest, ModelsOfOneRecipeAreARepositoryThatAServerTakes) {
  RecipeChoice choice = Choice(Method::kMeanField, "improved");
  choice.seed = 3;
  const TrainingOptions options = RecipeOptions("mnist", choice).value();
  EXPECT_EQ(options.model_repository, "out/mnist");
  EXPECT_EQ(options.model, "mean-field-improved");
  EXPECT_EQ(options.version, 3);
}

// A control differs from "improved" in the one part that it is named for.
TEST(RecipeTest, ControlsOfTheHyperGanLackOnePartEach) {
  const auto options = [](const std::string& variant) {
    return HyperGanOf("mnist-5000", variant);
  };
  const TrainingOptions improved = options("improved");
  const TrainingOptions no_d = options("improved-without-discriminator");
  const TrainingOptions no_mixer = options("improved-without-mixer");
  const TrainingOptions no_outliers = options("improved-without-outliers");
  const TrainingOptions forked = options("improved-forked");
  for (const TrainingOptions& control : {no_d, no_mixer, no_outliers, forked}) {
    EXPECT_EQ(CheckTrainingOptions(control), absl::OkStatus());
    EXPECT_EQ(control.epochs, improved.epochs);
    EXPECT_EQ(control.sizes.starts, improved.sizes.starts);
    EXPECT_NE(control.model, improved.model);
  }
  EXPECT_EQ(no_d.beta, 0);
  EXPECT_EQ(no_d.repulsion, improved.repulsion);
  EXPECT_FALSE(no_mixer.sizes.mixer);
  EXPECT_EQ(no_mixer.beta, improved.beta);
  EXPECT_EQ(no_outliers.repulsion, 0);
  EXPECT_TRUE(no_outliers.sizes.mixer);
  EXPECT_EQ(forked.fork, 0.1);
  EXPECT_EQ(improved.fork, 0);
}

TEST(RecipeTest, BaselinesCanHaveTheHyperGansOutliers) {
  for (const Method method : {Method::kDeepEnsemble, Method::kMcDropout}) {
    const auto options = [&](const std::string& recipe,
                             const std::string& variant) {
      return RecipeOptions(recipe, Choice(method, variant)).value();
    };
    const TrainingOptions with =
        options("mnist-5000", "improved-with-outliers");
    const TrainingOptions without = options("mnist-5000", "improved");
    EXPECT_EQ(with.repulsion,
              RecipeOptions("mnist-5000", Choice(Method::kHyperGan, "improved"))
                  ->repulsion);
    EXPECT_EQ(without.repulsion, 0);
    EXPECT_EQ(with.synthetic_outliers, without.synthetic_outliers);
    EXPECT_EQ(CheckTrainingOptions(with), absl::OkStatus());
    // Its steps are longer, so it has no more of them.
    EXPECT_LE(with.epochs, without.epochs);
  }
}

TEST(RecipeTest, OtherNumbersOfMembersMakeAboutAsManyPasses) {
  for (const Method method : {Method::kDeepEnsemble, Method::kHyperGan}) {
    const auto options = [&](const std::string& variant) {
      return RecipeOptions("cifar-10-short", Choice(method, variant)).value();
    };
    const TrainingOptions ten = options("improved");
    for (const auto& [variant, members] :
         {std::pair("improved-of-2", 2), std::pair("improved-of-5", 5),
          std::pair("improved-of-15", 15)}) {
      const TrainingOptions other = options(variant);
      EXPECT_EQ(other.networks, members);
      // Epochs are whole: those of ten HyperGANs' starts, unlike an ensemble's
      // members, are no multiple of 15.
      const int64_t rounding = method == Method::kHyperGan ? members / 2 : 0;
      EXPECT_NEAR(other.networks * other.epochs, ten.networks * ten.epochs,
                  rounding);
      EXPECT_EQ(CheckTrainingOptions(other), absl::OkStatus());
    }
  }
}

// Those of ten starts are evaluated after every epoch.
TEST(RecipeTest, MoreStartsAreStillEvaluated) {
  const TrainingOptions options = HyperGanOf("mnist", "improved-of-15");
  EXPECT_EQ(options.evaluate_every, 1);
  EXPECT_EQ(CheckTrainingOptions(options), absl::OkStatus());
}

// So that generators take the same share of the time.
TEST(RecipeTest, FewerStartsHaveNarrowerGenerators) {
  const auto options = [](const std::string& variant) {
    return HyperGanOf("cifar-10-short", variant);
  };
  const TrainingOptions ten = options("improved");
  const TrainingOptions five = options("improved-of-5");
  EXPECT_EQ(five.sizes.starts, 5);
  EXPECT_EQ(2 * five.sizes.generator_hidden.front(),
            ten.sizes.generator_hidden.front());
  EXPECT_DOUBLE_EQ(five.last_learning_rate, 2 * ten.last_learning_rate);
  EXPECT_EQ(five.evaluate_every, 2 * ten.evaluate_every);
}

// A step of theirs moves a weight as far.
TEST(RecipeTest, NarrowGeneratorsHaveALargerRate) {
  const auto options = [](const std::string& variant) {
    return HyperGanOf("cifar-10-short", variant);
  };
  const TrainingOptions wide = options("improved");
  const TrainingOptions narrow = options("improved-narrow");
  const auto step = [](const TrainingOptions& o) {
    return o.last_learning_rate *
           static_cast<double>(o.sizes.generator_hidden.back());
  };
  EXPECT_EQ(narrow.sizes.generator_hidden, (std::vector<int64_t>{16, 16}));
  EXPECT_DOUBLE_EQ(step(narrow), step(wide));
  EXPECT_EQ(narrow.epochs, wide.epochs);
}

TEST(RecipeTest, AForkCanPartItsStartsFurther) {
  const auto options = [](const std::string& variant) {
    return HyperGanOf("mnist-5000", variant);
  };
  EXPECT_EQ(options("improved-forked").fork_spread, 1);
  EXPECT_EQ(options("improved-forked-apart").fork_spread, 5);
  EXPECT_EQ(options("improved-forked-apart").fork,
            options("improved-forked").fork);
}

TEST(RecipeTest, HmcIsAskedAtTheEndAlone) {
  const TrainingOptions options =
      RecipeOptions("regression-1d", Choice(Method::kHmc, "paper")).value();
  EXPECT_EQ(options.evaluate_every, options.epochs);
  EXPECT_EQ(options.prior_deviation, 3);
}

TEST(RecipeTest, DropoutHasOtherRates) {
  const auto rate = [](const std::string& variant) {
    return RecipeOptions("mnist-5000", Choice(Method::kMcDropout, variant))
        .value()
        .dropout_rate;
  };
  EXPECT_EQ(rate("improved"), 0.2);
  EXPECT_EQ(rate("improved-rate-10"), 0.1);
  EXPECT_EQ(rate("improved-rate-5"), 0.05);
  EXPECT_FALSE(RecipeOptions("mnist-5000",
                             Choice(Method::kDeepEnsemble, "improved-rate-5"))
                   .ok());
}

TEST(RecipeTest, ControlsAreOfTheirMethodAndOfImages) {
  EXPECT_THAT(RecipeOptions("mnist",
                            Choice(Method::kHyperGan, "improved-with-outliers"))
                  .status()
                  .message(),
              HasSubstr("improved-without-outliers, improved-"));
  EXPECT_FALSE(
      RecipeOptions("mnist", Choice(Method::kDeepEnsemble, "improved-forked"))
          .ok());
  EXPECT_FALSE(
      RecipeOptions("mnist", Choice(Method::kHyperGan, "improved-nothing"))
          .ok());
  EXPECT_THAT(RecipeOptions("regression-1d",
                            Choice(Method::kHyperGan, "improved-forked"))
                  .status()
                  .message(),
              HasSubstr("improved-forked is of images"));
}

TEST(RecipeTest, BaselinesHaveNoVariantOfTheHyperGan) {
  EXPECT_FALSE(
      RecipeOptions("mnist", Choice(Method::kDeepEnsemble, "steady")).ok());
}

TEST(RecipeTest, RefusesWhatThereIsNot) {
  EXPECT_THAT(
      RecipeOptions("imagenet", Choice()).status().message(),
      HasSubstr("no recipe 'imagenet'; there are regression-1d, mnist"));
  EXPECT_THAT(
      RecipeOptions("mnist", Choice(Method::kMcDropout, "without-mixer"))
          .status()
          .message(),
      HasSubstr("for the method mc-dropout, got 'without-mixer'"));
}

TEST(ExperimentTest, NamesAreFoundAndOthersListed) {
  EXPECT_EQ(FindExperiment("ood-cifar")->recipe, "cifar-5");
  EXPECT_THAT(FindExperiment("mnost").status().message(),
              HasSubstr("no experiment 'mnost'; there are mnist, mnist-5000"));
}

}  // namespace
}  // namespace hypergan::trainer
