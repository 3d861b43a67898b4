#include "trainer/methods/method.h"

#include <torch/script.h>

#include <utility>

#include "gtest/gtest.h"
#include "hypergan/target/target_network.h"
#include "tests/support/tiny_model.h"
#include "trainer/methods/baselines/deep_ensemble.h"

namespace hypergan::trainer {
namespace {

Checkpoint EnsembleOf(int64_t members) {
  Checkpoint checkpoint;
  const TargetNetwork target = FindTargetNetwork("regression").value();
  checkpoint.module = DeepEnsemble(target, {.members = members}).value().module;
  checkpoint.manifest.provenance["method"] = "deep-ensemble";
  return checkpoint;
}

TEST(MembersOfTest, AreADeepEnsemblesOnly) {
  Checkpoint checkpoint = EnsembleOf(7);
  EXPECT_EQ(MembersOf(checkpoint), 7);
  EXPECT_EQ(MembersOf(EnsembleOf(1)), 1);
  checkpoint.manifest.provenance["method"] = "hypergan";
  EXPECT_EQ(MembersOf(checkpoint), 0);
  checkpoint.manifest.provenance.clear();
  EXPECT_EQ(MembersOf(checkpoint), 0);
}

TEST(MembersOfTest, AreNoneOfAModuleThatOnlySaysSo) {
  Checkpoint checkpoint = testing::TinyCheckpoint("regression");
  checkpoint.manifest.provenance["method"] = "deep-ensemble";
  EXPECT_EQ(MembersOf(checkpoint), 0);
  checkpoint.module.register_attribute("w0", c10::IntType::get(), 3);
  EXPECT_EQ(MembersOf(checkpoint), 0);
}

TEST(EvaluationOfTest, IsOfEachMemberOnceOrOfSoManyNetworks) {
  const EvaluationOptions all = EvaluationOf(1, 100, 6);
  EXPECT_EQ(all.num_networks, 6);
  EXPECT_EQ(all.seed, SeedOfAllMembers(6, EvaluationOf(1, 100, 0).seed));
  const EvaluationOptions drawn = EvaluationOf(1, 100, 0);
  EXPECT_EQ(drawn.num_networks, 100);
  EXPECT_NE(drawn.seed, EvaluationOf(2, 100, 0).seed);
  EXPECT_EQ(EvaluationOf(1, 100, 13).num_networks, 100);
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
