#include "hypergan/ensemble/ensemble.h"

#include <torch/script.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/tiny_model.h"

namespace hypergan {
namespace {

using testing::TinyCheckpoint;

at::Tensor Images(int64_t count) {
  at::manual_seed(5);
  return at::rand({count, 1, 28, 28});
}

EnsembleOutputs Ask(const Checkpoint& checkpoint, const at::Tensor& inputs,
                    const EnsembleOptions& options, int threads = 2) {
  Workers workers(threads);
  const Ensemble ensemble(checkpoint, c10::Device(c10::kCPU), &workers);
  return ensemble.Predict(inputs, options).value();
}

EnsembleOptions Options(int64_t networks, uint64_t seed) {
  EnsembleOptions options;
  options.num_networks = networks;
  options.seed = seed;
  return options;
}

TEST(EnsembleTest, MatchesBruteForceInFloat64) {
  Checkpoint checkpoint = TinyCheckpoint("mnist");
  const at::Tensor inputs = Images(3);
  const EnsembleOutputs outputs = Ask(checkpoint, inputs, Options(40, 11));

  torch::NoGradGuard no_grad;
  const at::Tensor p =
      checkpoint.module.forward({inputs, DrawNoise(11, 0, 40, 8)})
          .toTensor()
          .to(at::kDouble)
          .softmax(-1);  // [N, B, K]
  const at::Tensor mean = p.mean(0);
  const at::Tensor entropy = -(mean * mean.log()).sum(-1);
  const at::Tensor expected_entropy = -(p * p.log()).sum(-1).mean(0);
  EXPECT_TRUE(at::allclose(outputs.mean, mean, 1e-5, 1e-7));
  EXPECT_TRUE(at::allclose(outputs.variance, p.var(0), 1e-4, 1e-9));
  EXPECT_TRUE(at::allclose(outputs.scores.predictive_entropy, entropy, 1e-6));
  EXPECT_TRUE(
      at::allclose(outputs.scores.expected_entropy, expected_entropy, 1e-6));
  EXPECT_TRUE(at::allclose(outputs.scores.mutual_information,
                           entropy - expected_entropy, 1e-3, 1e-8));
  EXPECT_TRUE(at::allclose(outputs.scores.total_variance, p.var(0).sum(-1),
                           1e-4, 1e-9));
}

TEST(EnsembleTest, PiecesAndThreadsDoNotChangeTheAnswer) {
  const Checkpoint checkpoint = TinyCheckpoint("mnist");
  // More networks and rows than one piece holds.
  const at::Tensor inputs = Images(70);
  const EnsembleOutputs one = Ask(checkpoint, inputs, Options(71, 1), 1);
  const EnsembleOutputs three = Ask(checkpoint, inputs, Options(71, 1), 3);
  EXPECT_TRUE(at::allclose(one.mean, three.mean, 1e-6, 1e-8));
  EXPECT_TRUE(at::allclose(one.variance, three.variance, 1e-4, 1e-10));
  const EnsembleOutputs alone =
      Ask(checkpoint, inputs.narrow(0, 66, 1), Options(71, 1), 2);
  EXPECT_TRUE(at::allclose(one.mean[66], alone.mean[0], 1e-6, 1e-8));
}

// Of the memory that the weight sets keep, which their tensors may share.
int64_t StorageBytes(const std::vector<WeightSets>& list) {
  std::map<const void*, int64_t> storages;
  for (const WeightSets& sets : list) {
    for (const at::Tensor& tensor : sets.tensors) {
      storages[tensor.storage().data()] =
          static_cast<int64_t>(tensor.storage().nbytes());
    }
  }
  int64_t bytes = 0;
  for (const auto& [data, size] : storages) bytes += size;
  return bytes;
}

TEST(EnsembleTest, DrawsRangesTogetherAsEachAlone) {
  Workers workers(2);
  const Ensemble ensemble(TinyCheckpoint("mnist"), c10::Device(c10::kCPU),
                          &workers);
  // Of several seeds, not from their beginnings, across pieces, one empty.
  const std::vector<NetworkRange> ranges = {
      {7, 0, 10}, {8, 3, 1}, {9, 0, 0}, {7, 5, 150}, {1, 0, 2}};
  const auto together = ensemble.Sample(ranges).value();
  ASSERT_EQ(together.size(), ranges.size());
  for (size_t i = 0; i < ranges.size(); ++i) {
    const auto [seed, first, count] = ranges[i];
    ASSERT_EQ(CountNetworks(together[i]), count);
    if (count == 0) continue;
    const WeightSets alone = ensemble.Sample(seed, first, count).value();
    const WeightSets got = Concatenate(together[i]);
    for (size_t t = 0; t < alone.tensors.size(); ++t) {
      EXPECT_TRUE(at::allclose(got.tensors[t], alone.tensors[t], 1e-4, 1e-6));
    }
    // Whoever keeps one keeps nothing else alive.
    EXPECT_EQ(StorageBytes(together[i]), got.bytes());
  }
  EXPECT_TRUE(
      ensemble.Sample(absl::Span<const NetworkRange>()).value().empty());
}

TEST(EnsembleTest, OneNetworkHasNoVarianceAndNoMutualInformation) {
  const EnsembleOutputs outputs =
      Ask(TinyCheckpoint("mnist"), Images(2), Options(1, 1));
  EXPECT_EQ(outputs.variance.abs().max().item<double>(), 0);
  EXPECT_FALSE(outputs.scores.mutual_information.defined());
  EXPECT_FALSE(outputs.scores.total_variance.defined());
}

TEST(EnsembleTest, SeedsNameEnsembles) {
  const Checkpoint checkpoint = TinyCheckpoint("regression");
  const at::Tensor x = at::linspace(-1, 1, 9).view({9, 1});
  const EnsembleOutputs a = Ask(checkpoint, x, Options(10, 1));
  const EnsembleOutputs again = Ask(checkpoint, x, Options(10, 1));
  const EnsembleOutputs b = Ask(checkpoint, x, Options(10, 2));
  EXPECT_TRUE(at::equal(a.mean, again.mean));
  EXPECT_FALSE(at::allclose(a.mean, b.mean, 1e-3));
  EXPECT_FALSE(a.scores.predictive_entropy.defined());
}

TEST(EnsembleTest, NetworkOutputsAreTheMembersInTheirOrder) {
  EnsembleOptions options = Options(67, 3);
  options.network_outputs = true;
  const Checkpoint checkpoint = TinyCheckpoint("mnist");
  const EnsembleOutputs outputs = Ask(checkpoint, Images(2), options);
  ASSERT_EQ(outputs.network_outputs.sizes(), at::IntArrayRef({67, 2, 10}));
  EXPECT_TRUE(at::allclose(outputs.network_outputs.to(at::kDouble).mean(0),
                           outputs.mean, 1e-5, 1e-7));
  // The first networks of a larger ensemble are those of a smaller one.
  options.num_networks = 5;
  const EnsembleOutputs fewer = Ask(checkpoint, Images(2), options);
  EXPECT_TRUE(at::allclose(outputs.network_outputs.narrow(0, 0, 5),
                           fewer.network_outputs, 1e-5, 1e-6));
}

TEST(EnsembleTest, StopsWithTheInterruptsErrorBetweenPieces) {
  Workers workers(2);
  const Ensemble ensemble(TinyCheckpoint("mnist"), c10::Device(c10::kCPU),
                          &workers);
  EnsembleOptions options = Options(10'000, 1);
  int asked = 0;
  options.interrupt = [&] {
    return ++asked > 3 ? absl::CancelledError("enough") : absl::OkStatus();
  };
  EXPECT_EQ(ensemble.Predict(Images(1), options).status().code(),
            absl::StatusCode::kCancelled);
  // Each worker may ask once more before it learns.
  EXPECT_LE(asked, 5);
  options = Options(3, 1);
  EXPECT_TRUE(ensemble.Predict(Images(1), options).ok());
}

TEST(EnsembleTest, SaysSoWhenOutputsAreNotFinite) {
  Checkpoint checkpoint = TinyCheckpoint("regression");
  checkpoint.module.attr("output_mean").toTensor().fill_(INFINITY);
  Workers workers(1);
  const Ensemble ensemble(checkpoint, c10::Device(c10::kCPU), &workers);
  const auto outputs = ensemble.Predict(at::zeros({1, 1}), Options(2, 1));
  EXPECT_EQ(outputs.status().code(), absl::StatusCode::kInternal);
}

TEST(EnsembleTest, EveryFormAndAModuleOfItsOwnGiveTheSameAnswer) {
  Workers workers(2);
  const c10::Device cpu(c10::kCPU);
  const auto checkpoint = [] {
    Checkpoint described = TinyCheckpoint("mnist");
    described.manifest.target_network_json =
        TargetNetworkToJson(FindTargetNetwork("mnist").value());
    return described;
  };
  const EnsembleOutputs expected =
      Ask(TinyCheckpoint("mnist"), Images(3), Options(40, 5));
  for (const char* form : {"auto", "module", "batched"}) {
    EnsembleSetup setup;
    setup.form = ParseExecutionForm(form).value();
    setup.sampler.owns_module = true;
    const auto ensemble = Ensemble::Create(checkpoint(), cpu, &workers, setup);
    ASSERT_TRUE(ensemble.ok()) << ensemble.status();
    const auto outputs = ensemble->Predict(Images(3), Options(40, 5));
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    EXPECT_TRUE(at::allclose(outputs->mean, expected.mean, 1e-5, 1e-7)) << form;
    EXPECT_TRUE(at::allclose(outputs->scores.mutual_information,
                             expected.scores.mutual_information, 1e-3, 1e-8));
  }
}

TEST(EnsembleTest, TenThousandNetworksAreAnswered) {
  Checkpoint checkpoint = TinyCheckpoint("regression");
  const at::Tensor rows = at::tensor({-1.0F, 2.0F}).view({2, 1});
  const EnsembleOutputs outputs = Ask(checkpoint, rows, Options(10'000, 1));
  torch::NoGradGuard no_grad;
  const at::Tensor noise =
      DrawNoise(1, 0, 10'000, checkpoint.manifest.noise_size);
  const at::Tensor each =
      checkpoint.module.forward({rows, noise}).toTensor().to(at::kDouble);
  EXPECT_TRUE(
      at::allclose(outputs.mean.to(at::kDouble), each.mean(0), 1e-4, 1e-6));
  EXPECT_TRUE(
      at::allclose(outputs.variance.to(at::kDouble), each.var(0), 1e-3, 1e-8));
}

}  // namespace
}  // namespace hypergan
