#include "trainer/recipes/data_recipe.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

DataProfile Profile(Task task, std::vector<int64_t> shape, int64_t rows) {
  return {.task = task,
          .row_shape = std::move(shape),
          .outputs = 1,
          .training_rows = rows};
}

TrainingOptions Applied(DataRecipe recipe, const DataProfile& profile,
                        TrainingOptions options = {}) {
  ApplyRecipe(recipe, profile, &options);
  SetEpochs(recipe, profile, &options);
  return options;
}

TEST(DataRecipeTest, IsChosenByTheDataItself) {
  EXPECT_EQ(RecipeFor(Profile(Task::kClassification, {1, 8, 8}, 10)),
            DataRecipe::kImages);
  EXPECT_EQ(RecipeFor(Profile(Task::kRegression, {3, 32, 32}, 10)),
            DataRecipe::kImages);
  EXPECT_EQ(RecipeFor(Profile(Task::kRegression, {1}, 10)), DataRecipe::kCurve);
  EXPECT_EQ(RecipeFor(Profile(Task::kClassification, {1}, 10)),
            DataRecipe::kTable);
  EXPECT_EQ(RecipeFor(Profile(Task::kRegression, {2}, 10)), DataRecipe::kTable);
}

TEST(DataRecipeTest, HasNames) {
  for (const std::string name : {"auto", "images", "table", "curve", "paper"}) {
    EXPECT_EQ(DataRecipeName(ParseDataRecipe(name).value()), name);
  }
  const absl::Status status = ParseDataRecipe("tables\x1b[1m").status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(status.message(), HasSubstr("expected auto, images, table"));
}

TEST(DataRecipeTest, MakesAboutAsManyStepsOfAnyTable) {
  for (const int64_t rows : {1'000, 5'000, 9'000}) {
    const TrainingOptions o =
        Applied(DataRecipe::kTable, Profile(Task::kClassification, {4}, rows));
    const int64_t steps = o.epochs * (rows / o.batch_size);
    EXPECT_LE(steps, 3000);
    EXPECT_GE(steps, 1500);
  }
}

TEST(DataRecipeTest, BoundsEpochsOfVeryFewAndVeryManyRows) {
  EXPECT_EQ(
      Applied(DataRecipe::kTable, Profile(Task::kRegression, {4}, 2)).epochs,
      150);
  EXPECT_EQ(
      Applied(DataRecipe::kTable, Profile(Task::kRegression, {4}, 100'000'000))
          .epochs,
      10);
  EXPECT_EQ(Applied(DataRecipe::kImages,
                    Profile(Task::kClassification, {1, 28, 28}, 60'000'000))
                .epochs,
            3);
}

// The likelihood of n rows against one prior: its weight is 1 / n of theirs.
TEST(DataRecipeTest, DecaysWeightsOfARegressionLessTheMoreRowsThereAre) {
  EXPECT_DOUBLE_EQ(
      Applied(DataRecipe::kTable, Profile(Task::kRegression, {4}, 1000))
          .weight_decay,
      0.015);
  EXPECT_DOUBLE_EQ(
      Applied(DataRecipe::kTable, Profile(Task::kRegression, {4}, 5))
          .weight_decay,
      0.3);
  EXPECT_EQ(Applied(DataRecipe::kTable, Profile(Task::kRegression, {4}, 1000))
                .target_deviation,
            0);
}

TEST(DataRecipeTest, StartsTheNetworksOfACurveFarFromOneAnother) {
  const TrainingOptions curve =
      Applied(DataRecipe::kCurve, Profile(Task::kRegression, {1}, 100));
  EXPECT_EQ(curve.shared_start, 0);
  EXPECT_EQ(curve.committee, 0);
  const TrainingOptions table =
      Applied(DataRecipe::kTable, Profile(Task::kRegression, {2}, 100));
  EXPECT_EQ(table.shared_start, 0.9);
  EXPECT_EQ(table.committee, 1);
}

TEST(DataRecipeTest, TakesSyntheticOutliersThatFitTheImages) {
  const auto kinds = [](std::vector<int64_t> shape) {
    return Applied(DataRecipe::kImages,
                   Profile(Task::kClassification, std::move(shape), 100));
  };
  EXPECT_THAT(
      kinds({1, 28, 28}).synthetic_outliers,
      ElementsAre(SyntheticOutlier::kPatches, SyntheticOutlier::kBlobs));
  EXPECT_THAT(kinds({1, 28, 30}).synthetic_outliers,
              ElementsAre(SyntheticOutlier::kBlobs));
  EXPECT_EQ(kinds({1, 3, 28}).repulsion, 0);
}

TEST(DataRecipeTest, MovesPicturesByAFourteenthOfTheirSmallerSide) {
  const auto shift = [](int64_t height, int64_t width) {
    return Applied(DataRecipe::kImages,
                   Profile(Task::kClassification, {3, height, width}, 100))
        .augmentation.shift;
  };
  EXPECT_EQ(shift(8, 8), 0);
  EXPECT_EQ(shift(28, 64), 2);
  EXPECT_EQ(shift(64, 64), 4);
  EXPECT_EQ(shift(4096, 4096), 64);  // the most that --shift takes
}

TEST(DataRecipeTest, ShowsAllMethodsAsManyPicturesInAll) {
  TrainingOptions ensemble;
  ensemble.method = Method::kDeepEnsemble;
  const DataProfile profile = Profile(Task::kClassification, {1, 28, 28}, 5000);
  const TrainingOptions hypergan = Applied(DataRecipe::kImages, profile);
  const TrainingOptions other = Applied(DataRecipe::kImages, profile, ensemble);
  EXPECT_EQ(hypergan.epochs * hypergan.networks, 600);
  EXPECT_EQ(other.epochs * other.networks, 600);
  EXPECT_EQ(other.batch_size, hypergan.batch_size);
  EXPECT_EQ(other.augmentation.shift, hypergan.augmentation.shift);
  EXPECT_TRUE(other.temper);
}

TEST(DataRecipeTest, TrainsANetworkOfEachStartOnPictures) {
  const TrainingOptions o = Applied(
      DataRecipe::kImages, Profile(Task::kClassification, {1, 28, 28}, 5000));
  EXPECT_GT(o.sizes.starts, 1);
  EXPECT_EQ(o.networks, o.sizes.starts);
}

TEST(DataRecipeTest, LearnsTheNoiseOfValuesOfPicturesAndTempersNone) {
  const TrainingOptions o = Applied(
      DataRecipe::kImages, Profile(Task::kRegression, {1, 28, 28}, 5000));
  EXPECT_EQ(o.target_deviation, 0);
  EXPECT_FALSE(o.temper);
}

TEST(DataRecipeTest, LeavesPlacesAndOtherMethodsOwnOptionsAlone) {
  TrainingOptions given;
  given.data = "x.csv";
  given.model = "m";
  given.method = Method::kDeepEnsemble;
  const TrainingOptions o =
      Applied(DataRecipe::kImages,
              Profile(Task::kClassification, {1, 8, 8}, 100), given);
  EXPECT_EQ(o.data, "x.csv");
  EXPECT_EQ(o.model, "m");
  EXPECT_EQ(o.repulsion, 0);
  EXPECT_EQ(o.sizes.starts, 1);
}

TEST(DataRecipeTest, GivesBaselinesTheRatesOfTheirExperiments) {
  for (const MethodEntry& method : Methods()) {
    if (method.method == Method::kHyperGan) continue;
    SCOPED_TRACE(method.name);
    TrainingOptions given;
    given.method = method.method;
    const TrainingOptions o =
        Applied(DataRecipe::kImages,
                Profile(Task::kClassification, {1, 8, 8}, 100), given);
    const MethodRecipe& recipe = method.recipe;
    if (recipe.learning_rate > 0) {
      EXPECT_EQ(o.learning_rate, recipe.learning_rate);
    }
    EXPECT_EQ(o.weight_decay, recipe.weight_decay);
    EXPECT_EQ(o.kl_warm_up, recipe.kl_warm_up);
    EXPECT_EQ(o.networks, recipe.networks > 0 ? recipe.networks : 10);
  }
}

// The prior is the data's, not the method's, unless the method has one.
TEST(DataRecipeTest, DecaysATablesWeightsAlikeInAllMethodsWithoutAPrior) {
  const auto decay = [](Method method, Task task) {
    TrainingOptions given;
    given.method = method;
    return Applied(DataRecipe::kTable, Profile(task, {4}, 1000), given)
        .weight_decay;
  };
  for (const Task task : {Task::kRegression, Task::kClassification}) {
    EXPECT_GT(decay(Method::kHyperGan, task), 0);
    for (const Method method : {Method::kDeepEnsemble, Method::kMcDropout,
                                Method::kSgld, Method::kApd}) {
      EXPECT_EQ(decay(method, task), decay(Method::kHyperGan, task));
    }
    for (const Method method :
         {Method::kMeanField, Method::kMnf, Method::kHmc}) {
      EXPECT_EQ(decay(method, task), 0);
    }
  }
}

TEST(DataRecipeTest, GivesHmcAllRowsAsTheyAreAndOneEvaluation) {
  TrainingOptions hmc;
  hmc.method = Method::kHmc;
  for (const auto& [recipe, profile] :
       {std::pair{DataRecipe::kTable, Profile(Task::kRegression, {8}, 67)},
        std::pair{DataRecipe::kImages,
                  Profile(Task::kClassification, {1, 28, 28}, 67)}}) {
    const TrainingOptions o = Applied(recipe, profile, hmc);
    EXPECT_EQ(o.batch_size, 67);
    EXPECT_EQ(o.augmentation.shift, 0);
    EXPECT_EQ(o.epochs, 20'000);
    EXPECT_EQ(EvaluateEvery(o), o.epochs);
  }
}

TEST(DataRecipeTest, CountsEpochsByTheNetworksThatThereAreInTheEnd) {
  const DataProfile profile = Profile(Task::kClassification, {1, 28, 28}, 5000);
  TrainingOptions o = Applied(DataRecipe::kImages, profile);
  o.networks = 10;
  SetEpochs(DataRecipe::kImages, profile, &o);
  EXPECT_EQ(o.epochs, 60);
}

TEST(DataRecipeTest, PaperChangesNothing) {
  const TrainingOptions o =
      Applied(DataRecipe::kPaper, Profile(Task::kRegression, {4}, 100));
  EXPECT_EQ(o.epochs, TrainingOptions().epochs);
  EXPECT_EQ(o.shared_start, 0);
  EXPECT_EQ(o.target_deviation, 1);
}

}  // namespace
}  // namespace hypergan::trainer
