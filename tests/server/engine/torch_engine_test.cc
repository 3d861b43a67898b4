#include "server/engine/torch_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/temp_folder.h"
#include "tests/support/tiny_model.h"

namespace hypergan::server {
namespace {

constexpr uint64_t kSeed = 7;
constexpr int64_t kNetworks = 6;
constexpr int64_t kRows = 3;

absl::Status GoOn() { return absl::OkStatus(); }

// A process has one.
const TorchEngineLoader& Loader() {
  static const auto* loader =
      TorchEngineLoader::Open({.device = "cpu", .threads = 2})
          .value()
          .release();
  return *loader;
}

class TorchEngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    checkpoint_ = hypergan::testing::TinyCheckpoint("mnist");
    const std::string path = folder_.path() + "/model.pt";
    ASSERT_TRUE(
        SaveCheckpoint(checkpoint_.module, checkpoint_.manifest, path).ok());
    engine_ = Loader().Load(path, /*is_described=*/false).value();
    at::manual_seed(1);
    rows_ = at::rand({kRows, 1, 28, 28});
  }

  std::unique_ptr<Session> Open(const at::Tensor& rows, bool outputs) {
    return engine_
        ->Open({.values = {rows.const_data_ptr<float>(),
                           static_cast<size_t>(rows.numel())},
                .rows = rows.size(0),
                .network_outputs = outputs})
        .value();
  }

  std::shared_ptr<const WeightSets> Draw(int64_t first, int64_t count) {
    const NetworkRange range = {.seed = kSeed, .first = first, .count = count};
    return engine_->Draw({&range, 1}, GoOn).value()[0];
  }

  // Of the checkpoint itself, [N, B, K] in float64.
  at::Tensor Expected(int64_t networks) {
    torch::NoGradGuard no_grad;
    const at::Tensor noise =
        DrawNoise(kSeed, 0, networks, checkpoint_.manifest.noise_size);
    return checkpoint_.module.forward({rows_, noise})
        .toTensor()
        .to(at::kDouble);
  }

  TempFolder folder_;
  Checkpoint checkpoint_;
  std::unique_ptr<Engine> engine_;
  at::Tensor rows_;
};

at::Tensor AsTensor(const std::vector<float>& values, at::IntArrayRef shape) {
  return at::tensor(values).view(shape).to(at::kDouble);
}

TEST_F(TorchEngineTest, SaysWhatTheCheckpointsNetworksSay) {
  const auto session = Open(rows_, /*outputs=*/true);
  ASSERT_TRUE(session->Add({{{Draw(0, kNetworks), 0, kNetworks}}}, GoOn).ok());
  EXPECT_EQ(session->num_networks(), kNetworks);
  const EnsemblePrediction said = session->Result(0, kRows).value();
  const at::Tensor logits = Expected(kNetworks);
  const at::Tensor outputs =
      AsTensor(said.network_outputs, {kNetworks, kRows, 10});
  const at::Tensor probabilities = at::softmax(logits, -1);
  EXPECT_TRUE(at::allclose(outputs, probabilities, 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(AsTensor(said.mean, {kRows, 10}),
                           probabilities.mean(0), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(AsTensor(said.variance, {kRows, 10}),
                           probabilities.var(0, /*unbiased=*/true), 1e-3,
                           1e-7));
  ASSERT_EQ(said.scores.size(), static_cast<size_t>(kRows));
  EXPECT_TRUE(std::isnan(said.scores[0].ood_score));  // no calibration
  EXPECT_FALSE(said.scores[0].is_ood.has_value());
}

TEST_F(TorchEngineTest, SlicesOfADrawAreItsNetworksInOrder) {
  const auto whole = Open(rows_, /*outputs=*/true);
  ASSERT_TRUE(whole->Add({{{Draw(0, kNetworks), 0, kNetworks}}}, GoOn).ok());
  const auto pieces = Open(rows_, /*outputs=*/true);
  const auto drawn = Draw(0, kNetworks);
  ASSERT_TRUE(pieces->Add({{{drawn, 0, 1}, {drawn, 1, 3}}}, GoOn).ok());
  ASSERT_TRUE(pieces->Add({{{Draw(4, 2), 0, 2}}}, GoOn).ok());
  EXPECT_EQ(pieces->num_networks(), kNetworks);
  const auto expected = whole->Result(0, kRows)->network_outputs;
  const auto got = pieces->Result(0, kRows)->network_outputs;
  EXPECT_TRUE(at::allclose(at::tensor(got), at::tensor(expected), 1e-4, 1e-5));
}

TEST_F(TorchEngineTest, AResultIsOfTheRowsThatItIsAskedFor) {
  const auto session = Open(rows_, /*outputs=*/false);
  ASSERT_TRUE(session->Add({{{Draw(0, kNetworks), 0, kNetworks}}}, GoOn).ok());
  const auto all = session->Result(0, kRows)->mean;
  const auto last = session->Result(2, 1)->mean;
  EXPECT_EQ(last, std::vector<float>(all.end() - 10, all.end()));
  EXPECT_TRUE(session->Result(0, kRows)->network_outputs.empty());
}

TEST_F(TorchEngineTest, WhatIsInterruptedDoesNotCount) {
  const auto session = Open(rows_, /*outputs=*/false);
  const auto drawn = Draw(0, kNetworks);
  const absl::Status stopped = session->Add(
      {{{drawn, 0, kNetworks}}}, [] { return absl::CancelledError("enough"); });
  EXPECT_EQ(stopped.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(session->num_networks(), 0);
  ASSERT_TRUE(session->Add({{{drawn, 0, kNetworks}}}, GoOn).ok());
  EXPECT_EQ(session->num_networks(), kNetworks);
  const NetworkRange range = {.seed = 1, .first = 0, .count = 1};
  EXPECT_EQ(
      engine_->Draw({&range, 1}, [] { return absl::CancelledError("enough"); })
          .status()
          .code(),
      absl::StatusCode::kCancelled);
}

TEST_F(TorchEngineTest, NamesTheRowWhoseOutputsAreNotFinite) {
  rows_[1].fill_(std::numeric_limits<float>::max());
  const auto session = Open(rows_, /*outputs=*/false);
  ASSERT_TRUE(session->Add({{{Draw(0, kNetworks), 0, kNetworks}}}, GoOn).ok());
  EXPECT_EQ(session->FirstOverflow(0, kRows), 1);
  EXPECT_EQ(session->FirstOverflow(2, 1), std::nullopt);
  EXPECT_TRUE(session->Result(2, 1).ok());
}

TEST_F(TorchEngineTest, CountsTheMemoryOfItsWeightSets) {
  EXPECT_GE(engine_->network_bytes(), 31'594 * 4);
  EXPECT_EQ(Draw(0, 3)->count(), 3);
  EXPECT_GE(Draw(0, 3)->bytes(), 3 * 31'594 * 4);
  EXPECT_TRUE(engine_->CheckDevice().ok());
}

TEST(TorchEngineLoaderTest, RefusesWordsThatItDoesNotKnow) {
  for (const TorchEngineOptions& options :
       {TorchEngineOptions{.device = "cpu", .execution_form = "fast"},
        TorchEngineOptions{.device = "cpu", .generator_precision = "int8"}}) {
    EXPECT_EQ(TorchEngineLoader::Open(options).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(TorchEngineLoaderTest, RefusesAFileThatIsNoCheckpoint) {
  EXPECT_FALSE(Loader().Load("/dev/null", false).ok());
  EXPECT_FALSE(Loader().Load("/nowhere/model.pt", false).ok());
}

}  // namespace
}  // namespace hypergan::server
