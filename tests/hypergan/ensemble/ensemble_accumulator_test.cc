#include "hypergan/ensemble/ensemble_accumulator.h"

#include <torch/script.h>

#include <cmath>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/tiny_model.h"

namespace hypergan {
namespace {

using testing::TinyCheckpoint;

class EnsembleAccumulatorTest : public ::testing::Test {
 protected:
  EnsembleAccumulatorTest()
      : workers_(2),
        ensemble_(TinyCheckpoint("mnist"), c10::Device(c10::kCPU), &workers_) {
    at::manual_seed(3);
    inputs_ = at::rand({3, 1, 28, 28});
  }

  EnsembleOptions Options(int64_t networks) const {
    EnsembleOptions options;
    options.num_networks = networks;
    options.seed = 9;
    options.network_outputs = true;
    return options;
  }

  // To float64 rounding.
  static void ExpectSame(const EnsembleOutputs& a, const EnsembleOutputs& b) {
    EXPECT_TRUE(at::allclose(a.mean, b.mean, 1e-9, 1e-12));
    EXPECT_TRUE(at::allclose(a.variance, b.variance, 1e-9, 1e-12));
    EXPECT_TRUE(at::allclose(a.scores.expected_entropy,
                             b.scores.expected_entropy, 1e-9, 1e-12));
    EXPECT_TRUE(at::equal(a.network_outputs, b.network_outputs));
  }

  Workers workers_;
  Ensemble ensemble_;
  at::Tensor inputs_;
};

TEST_F(EnsembleAccumulatorTest, WeightSetsInPiecesAnswerAsTheWhole) {
  const WeightSets all = ensemble_.Sample(9, 0, 70).value();
  const EnsembleOutputs whole =
      ensemble_.Predict(inputs_, {&all, 1}, Options(0)).value();
  EnsembleAccumulator accumulator(&ensemble_, inputs_, Options(0));
  int64_t first = 0;
  for (int64_t count : {1, 40, 2, 27}) {
    ASSERT_TRUE(accumulator.Add(all.Slice(first, count)).ok());
    first += count;
    EXPECT_EQ(accumulator.num_networks(), first);
  }
  ExpectSame(accumulator.Outputs().value(), whole);
}

TEST_F(EnsembleAccumulatorTest, SampleThenPredictIsPredict) {
  const EnsembleOutputs predicted =
      ensemble_.Predict(inputs_, Options(70)).value();
  const WeightSets sets = ensemble_.Sample(9, 0, 70).value();
  EXPECT_EQ(sets.count(), 70);
  const EnsembleOutputs apart =
      ensemble_.Predict(inputs_, {&sets, 1}, Options(0)).value();
  EXPECT_TRUE(at::allclose(apart.mean, predicted.mean, 1e-5, 1e-7));
  EXPECT_TRUE(at::allclose(apart.network_outputs, predicted.network_outputs,
                           1e-5, 1e-6));
  // Drawn apart and put together in another grouping: the same networks.
  const std::vector<WeightSets> parts = {ensemble_.Sample(9, 0, 50).value(),
                                         ensemble_.Sample(9, 50, 1).value(),
                                         ensemble_.Sample(9, 51, 19).value()};
  EXPECT_TRUE(
      at::allclose(ensemble_.Predict(inputs_, parts, Options(0)).value().mean,
                   predicted.mean, 1e-5, 1e-7));
}

TEST_F(EnsembleAccumulatorTest, SampledInPiecesAnswersAsPredict) {
  EnsembleAccumulator accumulator(&ensemble_, inputs_, Options(0));
  ASSERT_TRUE(accumulator.AddSampled(9, 0, 33).ok());
  ASSERT_TRUE(accumulator.AddSampled(9, 33, 37).ok());
  const EnsembleOutputs whole = ensemble_.Predict(inputs_, Options(70)).value();
  EXPECT_TRUE(at::allclose(accumulator.Outputs().value().network_outputs,
                           whole.network_outputs, 1e-5, 1e-6));
}

TEST_F(EnsembleAccumulatorTest, LargestStandardErrorIsThatOfTheMean) {
  EnsembleAccumulator accumulator(&ensemble_, inputs_, Options(0));
  EXPECT_TRUE(std::isinf(accumulator.LargestStandardError()));
  ASSERT_TRUE(accumulator.AddSampled(1, 0, 1).ok());
  EXPECT_TRUE(std::isinf(accumulator.LargestStandardError()));
  ASSERT_TRUE(accumulator.AddSampled(1, 1, 19).ok());
  const at::Tensor variance = accumulator.Outputs().value().variance;
  EXPECT_NEAR(accumulator.LargestStandardError(),
              std::sqrt(variance.max().item<double>() / 20), 1e-15);
  const double before = accumulator.LargestStandardError();
  ASSERT_TRUE(accumulator.AddSampled(1, 20, 180).ok());
  EXPECT_LT(accumulator.LargestStandardError(), before);
}

TEST_F(EnsembleAccumulatorTest, AnAnswerDoesNotChangeWithLaterNetworks) {
  EnsembleAccumulator accumulator(&ensemble_, inputs_, Options(0));
  ASSERT_TRUE(accumulator.AddSampled(1, 0, 5).ok());
  const EnsembleOutputs early = accumulator.Outputs().value();
  const at::Tensor mean = early.mean.clone();
  ASSERT_TRUE(accumulator.AddSampled(1, 5, 5).ok());
  EXPECT_TRUE(at::equal(early.mean, mean));
  EXPECT_EQ(early.network_outputs.size(0), 5);
}

TEST_F(EnsembleAccumulatorTest, AnInterruptedAddTakesNothingIn) {
  EnsembleOptions options = Options(0);
  bool stop = false;
  options.interrupt = [&stop] {
    return stop ? absl::CancelledError("enough") : absl::OkStatus();
  };
  EnsembleAccumulator accumulator(&ensemble_, inputs_, options);
  ASSERT_TRUE(accumulator.AddSampled(1, 0, 5).ok());
  stop = true;
  EXPECT_EQ(accumulator.AddSampled(1, 5, 100).code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(accumulator.num_networks(), 5);
  stop = false;
  EXPECT_TRUE(accumulator.AddSampled(1, 5, 5).ok());
  EXPECT_EQ(accumulator.Outputs().value().network_outputs.size(0), 10);
}

TEST_F(EnsembleAccumulatorTest, ARowThatOverflowsSpoilsNoOther) {
  at::Tensor inputs = inputs_.clone();
  inputs[1].fill_(3e38);
  EnsembleAccumulator some(&ensemble_, inputs, Options(0));
  EnsembleAccumulator all(&ensemble_, inputs_, Options(0));
  EXPECT_EQ(some.FirstOverflow(0, 3), std::nullopt);
  for (EnsembleAccumulator* accumulator : {&some, &all}) {
    ASSERT_TRUE(accumulator->AddSampled(1, 0, 40).ok());
    ASSERT_TRUE(accumulator->AddSampled(1, 40, 5).ok());
  }
  EXPECT_EQ(all.FirstOverflow(0, 3), std::nullopt);
  EXPECT_EQ(some.FirstOverflow(0, 3), 1);
  EXPECT_EQ(some.FirstOverflow(0, 1), std::nullopt);
  EXPECT_EQ(some.FirstOverflow(2, 1), std::nullopt);
  const EnsembleOutputs good = all.Outputs().value();
  const EnsembleOutputs mixed = some.OutputsWhereFinite().value();
  for (const int64_t row : {0, 2}) {
    EXPECT_TRUE(at::allclose(mixed.mean[row], good.mean[row], 1e-5, 1e-7));
    EXPECT_TRUE(
        at::allclose(mixed.variance[row], good.variance[row], 1e-4, 1e-7));
    EXPECT_TRUE(at::allclose(mixed.scores.expected_entropy[row],
                             good.scores.expected_entropy[row], 1e-5, 1e-6));
  }
}

TEST_F(EnsembleAccumulatorTest, HasNoWholeAnswerWhereARowOverflows) {
  at::Tensor inputs = inputs_.clone();
  inputs[1].fill_(3e38);
  EnsembleAccumulator accumulator(&ensemble_, inputs, Options(0));
  ASSERT_TRUE(accumulator.AddSampled(1, 0, 5).ok());
  EXPECT_EQ(accumulator.Outputs().status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ensemble_.Predict(inputs, Options(5)).status().code(),
            absl::StatusCode::kInternal);
}

TEST_F(EnsembleAccumulatorTest, WithoutNetworksThereIsNoAnswer) {
  EnsembleAccumulator accumulator(&ensemble_, inputs_, Options(0));
  ASSERT_TRUE(accumulator.Add(std::vector<WeightSets>()).ok());
  EXPECT_EQ(accumulator.Outputs().status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hypergan
