#include "trainer/methods/method.h"

#include <utility>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

TEST(MembersOfTest, AreADeepEnsemblesOnly) {
  Manifest manifest;
  manifest.members = 7;
  EXPECT_EQ(MembersOf(manifest), 0);
  manifest.provenance["method"] = "hypergan";
  EXPECT_EQ(MembersOf(manifest), 0);
  manifest.provenance["method"] = "deep-ensemble";
  EXPECT_EQ(MembersOf(manifest), 7);
}

TEST(MembersOfTest, AreUnknownOfACheckpointThatDoesNotSayThem) {
  Manifest manifest;
  manifest.provenance["method"] = "deep-ensemble";
  EXPECT_EQ(MembersOf(manifest), 0);
}

TEST(EvaluationOfTest, IsOfEachMemberOnceOrOfSoManyNetworks) {
  EXPECT_EQ(EvaluationOf(1, 100, 6).num_networks, 6);
  EXPECT_EQ(EvaluationOf(1, 100, 0).num_networks, 100);
  EXPECT_EQ(EvaluationOf(1, 100, 130).num_networks, 100);
  EXPECT_EQ(EvaluationOf(1, 100, 6).seed, EvaluationOf(1, 100, 0).seed);
  EXPECT_NE(EvaluationOf(1, 100, 0).seed, EvaluationOf(2, 100, 0).seed);
}

// What `evaluate` asks of a run's checkpoint is what the run was evaluated by.
TEST(EvaluationOfTest, IsTheRunsOwn) {
  TrainingOptions options;
  options.seed = 3;
  options.evaluation_networks = 50;
  options.networks = 5;
  for (const auto& [method, members] :
       {std::pair(Method::kHyperGan, 0), std::pair(Method::kDeepEnsemble, 5)}) {
    options.method = method;
    const EvaluationOptions run = EvaluationOf(options);
    const EvaluationOptions asked = EvaluationOf(3, 50, members);
    EXPECT_EQ(run.seed, asked.seed);
    EXPECT_EQ(run.num_networks, asked.num_networks);
  }
}

}  // namespace
}  // namespace hypergan::trainer
