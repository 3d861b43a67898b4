#include "trainer/report/collection.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hypergan::trainer::report {
namespace {

using ::testing::SizeIs;

ExperimentResult ARun(const std::string& experiment, const std::string& method,
                      const std::string& variant, uint64_t seed) {
  ExperimentResult run;
  run.experiment = experiment;
  run.method = method;
  run.variant = variant;
  run.seed = seed;
  run.figures["nll"] = static_cast<double>(seed);
  run.training_seconds = 10 * static_cast<double>(seed);
  return run;
}

TEST(CollectionTest, OrdersExperimentsMethodsAndSeeds) {
  const auto collection = Collect(
      {ARun("zeta", "hypergan", "", 1), ARun("cifar-10", "svgd", "", 1),
       ARun("mnist", "mc-dropout", "", 1), ARun("mnist", "hypergan", "wide", 1),
       ARun("mnist", "hypergan", "paper", 3),
       ARun("mnist", "hypergan", "paper", 1)});
  ASSERT_TRUE(collection.ok()) << collection.status();
  ASSERT_THAT(collection->experiments, SizeIs(3));
  const Experiment& mnist = collection->experiments[0];
  EXPECT_EQ(mnist.title, "MNIST");
  ASSERT_THAT(mnist.groups, SizeIs(3));
  EXPECT_EQ(mnist.groups[0].label, "HyperGAN, the paper's form");
  ASSERT_THAT(mnist.groups[0].runs, SizeIs(2));
  EXPECT_EQ(mnist.groups[0].first().seed, 1u);
  EXPECT_EQ(mnist.groups[1].label, "HyperGAN, wide");
  EXPECT_EQ(mnist.groups[2].label, "MC Dropout");
  EXPECT_EQ(collection->experiments[1].name, "cifar-10");
  EXPECT_EQ(collection->experiments[2].title, "zeta");  // as it is
}

TEST(CollectionTest, AveragesOverTheSeedsThatHaveTheFigure) {
  ExperimentResult without = ARun("mnist", "hypergan", "", 9);
  without.figures.clear();
  const auto collection = Collect({ARun("mnist", "hypergan", "", 1),
                                   ARun("mnist", "hypergan", "", 3), without});
  ASSERT_TRUE(collection.ok()) << collection.status();
  const Group& group = collection->experiments[0].groups[0];
  EXPECT_DOUBLE_EQ(group.Figure("nll")->mean, 2);
  EXPECT_EQ(group.Figure("nll")->runs, 2u);
  EXPECT_FALSE(group.Figure("ece").has_value());
}

TEST(CollectionTest, AMethodHasOneStyleThroughout) {
  const auto collection = Collect({ARun("mnist", "hypergan", "", 1),
                                   ARun("mnist", "deep-ensemble", "", 1),
                                   ARun("cifar-5", "deep-ensemble", "", 1)});
  ASSERT_TRUE(collection.ok()) << collection.status();
  const auto& mnist = collection->experiments[0].groups;
  EXPECT_NE(mnist[0].style, mnist[1].style);
  EXPECT_EQ(mnist[1].style, collection->experiments[1].groups[0].style);
}

TEST(CollectionTest, NamesThatLookAlikeHaveDifferentSlugs) {
  const auto collection =
      Collect({ARun("mnist", "a b", "", 1), ARun("mnist", "a/b", "", 1),
               ARun("mnist!", "a", "", 1)});
  ASSERT_TRUE(collection.ok()) << collection.status();
  const auto& experiments = collection->experiments;
  EXPECT_NE(experiments[0].groups[0].slug, experiments[0].groups[1].slug);
  EXPECT_NE(experiments[0].slug, experiments[1].slug);
}

TEST(CollectionTest, KnowsExperimentsThatAskAnothersNetworks) {
  const auto collection = Collect({ARun("mnist", "hypergan", "paper", 1),
                                   ARun("mnist", "hypergan", "paper", 2),
                                   ARun("ood-mnist", "hypergan", "paper", 2),
                                   ARun("adversarial", "hypergan", "paper", 3),
                                   ARun("ood-cifar", "hypergan", "paper", 1)});
  ASSERT_TRUE(collection.ok()) << collection.status();
  for (const Experiment& experiment : collection->experiments) {
    // The third seed is not among mnist's, and nothing trained cifar-5's.
    EXPECT_EQ(experiment.shares_networks, experiment.name == "ood-mnist")
        << experiment.name;
  }
}

TEST(CollectionTest, RefusesTwoResultsOfOneRun) {
  EXPECT_THAT(Collect({ARun("mnist", "hypergan", "paper", 7),
                       ARun("mnist", "hypergan", "paper", 7)}),
              FailsWith(absl::StatusCode::kInvalidArgument, "seed 7"));
}

}  // namespace
}  // namespace hypergan::trainer::report
