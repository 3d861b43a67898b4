#include "hypergan/compute/forward_pass.h"

#include <torch/script.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hypergan/compute/kernel.h"
#include "hypergan/ensemble/noise.h"
#include "tests/hypergan/textbook.h"
#include "tests/support/tiny_model.h"

namespace hypergan {
namespace {

using testing::ManifestOf;
using testing::Textbook;
using testing::TinySizes;

struct Described {
  const char* name;
  const char* json;
};

// Whatever a description can hold: padding, no pooling, windows that leave
// columns over, sizes that fill no vector, every activation, no convolutions.
constexpr Described kTargets[] = {
    {"mnist", ""},
    {"cifar", ""},
    {"regression", ""},
    {"padded", R"json({"name": "padded", "input_shape": [3, 13, 11], "layers": [
      {"kind": "conv2d", "outputs": 5, "kernel": 3, "padding": 1,
       "activation": "elu"},
      {"kind": "conv2d", "outputs": 9, "kernel": 2, "pool": 3,
       "activation": "relu"},
      {"kind": "conv2d", "outputs": 17, "kernel": 3, "padding": 2, "pool": 2,
       "activation": "leaky_relu"},
      {"kind": "linear", "outputs": 33, "activation": "leaky_relu"},
      {"kind": "linear", "outputs": 17, "activation": "elu"},
      {"kind": "linear", "outputs": 3}]})json"},
    {"linear", R"json({"name": "linear", "input_shape": [2, 3, 5],
      "input_mean": [0.5, -1], "input_deviation": [2, 0.25],
      "output_mean": [1, 2, 3, 4], "output_deviation": [0.5, 1, 2, 3],
      "layers": [
      {"kind": "linear", "outputs": 40, "activation": "relu"},
      {"kind": "linear", "outputs": 24, "activation": "elu"},
      {"kind": "linear", "outputs": 4}]})json"},
    // Winograd's form in every place: first, padded, behind another, with
    // tiles that stick out and channels that fill no vector.
    {"winograd", R"json({"name": "winograd", "input_shape": [16, 23, 17],
      "layers": [
      {"kind": "conv2d", "outputs": 19, "kernel": 5, "padding": 2,
       "activation": "elu"},
      {"kind": "conv2d", "outputs": 35, "kernel": 3, "padding": 1, "pool": 2,
       "activation": "leaky_relu"},
      {"kind": "conv2d", "outputs": 16, "kernel": 5, "padding": 3,
       "activation": "relu"},
      {"kind": "linear", "outputs": 3}]})json"},
    {"narrow", R"json({"name": "narrow", "input_shape": [1, 4, 9],
      "input_mean": [0.3], "input_deviation": [0.7], "layers": [
      {"kind": "conv2d", "outputs": 1, "kernel": 1, "pool": 2},
      {"kind": "linear", "outputs": 1}]})json"},
};

TargetNetwork TargetOf(const Described& described) {
  return *described.json == 0 ? FindTargetNetwork(described.name).value()
                              : ParseTargetNetwork(described.json).value();
}

Checkpoint CheckpointOf(const TargetNetwork& target) {
  const Architecture architecture = {target, TinySizes()};
  Checkpoint checkpoint;
  checkpoint.module = NewModule(architecture, 1).value();
  checkpoint.manifest = ManifestOf(architecture, Task::kRegression);
  checkpoint.manifest.target_network_json = TargetNetworkToJson(target);
  return checkpoint;
}

WeightSets Generate(Checkpoint& checkpoint, int64_t count) {
  c10::InferenceMode inference;
  return {checkpoint.module.get_method("generate")({DrawNoise(1, 0, count, 8)})
              .toTensorVector()};
}

at::Tensor Rows(const TargetNetwork& target, int64_t count) {
  std::vector<int64_t> shape = target.input_shape;
  shape.insert(shape.begin(), count);
  at::manual_seed(1);
  return at::rand(shape);
}

at::Tensor Constant(const std::vector<double>& values, double fallback,
                    size_t rank) {
  at::Tensor constant = values.empty() ? at::full({1}, fallback, at::kDouble)
                                       : at::tensor(values, at::kDouble);
  return rank == 3 ? constant.view({-1, 1, 1}) : constant;
}

// [N, B, K] in float64, constants included.
at::Tensor Expected(const TargetNetwork& target, const WeightSets& sets,
                    const at::Tensor& rows) {
  const size_t rank = target.input_shape.size();
  at::Tensor x = (rows.to(at::kDouble) - Constant(target.input_mean, 0, rank)) /
                 Constant(target.input_deviation, 1, rank);
  // Only after convolutions do features come in another order than the rows'.
  if (target.layers[0].kind == LayerKind::kLinear) x = x.flatten(1);
  std::vector<at::Tensor> outputs;
  for (int64_t n = 0; n < sets.count(); ++n) {
    outputs.push_back(Textbook(target, sets.tensors, n, x));
  }
  return at::stack(outputs) * Constant(target.output_deviation, 1, 1) +
         Constant(target.output_mean, 0, 1);
}

double ErrorOf(const at::Tensor& got, const at::Tensor& expected) {
  return ((got.to(at::kDouble) - expected).abs().max() / expected.abs().max())
      .item<double>();
}

std::vector<ExecutionForm> Forms() {
  std::vector<ExecutionForm> forms = {ExecutionForm::kModule,
                                      ExecutionForm::kBatched};
  if (!Kernels().empty()) forms.push_back(ExecutionForm::kLoop);
  return forms;
}

class ForwardPassTest : public ::testing::TestWithParam<Described> {};

TEST_P(ForwardPassTest, EveryFormIsTheTextbook) {
  const TargetNetwork target = TargetOf(GetParam());
  Checkpoint checkpoint = CheckpointOf(target);
  const WeightSets sets = Generate(checkpoint, 5);
  for (int64_t count : {1, 2, 7}) {
    const at::Tensor rows = Rows(target, count);
    const at::Tensor expected = Expected(target, sets, rows);
    for (ExecutionForm form : Forms()) {
      const auto pass =
          ForwardPass::Create(checkpoint, c10::Device(c10::kCPU), form);
      ASSERT_TRUE(pass.ok()) << pass.status();
      EXPECT_EQ(pass->FormFor(5), form);
      EXPECT_LE(ErrorOf(pass->Outputs(rows, {&sets, 1}), expected), 1e-5)
          << ExecutionFormName(form) << ", rows: " << count;
    }
  }
}

TEST_P(ForwardPassTest, EveryKernelIsTheTextbook) {
  const TargetNetwork target = TargetOf(GetParam());
  Checkpoint checkpoint = CheckpointOf(target);
  const WeightSets sets = Generate(checkpoint, 2);
  const at::Tensor rows = Rows(target, 13);
  for (const Kernel* kernel : Kernels()) {
    const NetworkLoop loop = NetworkLoop::Create(target, kernel).value();
    EXPECT_LE(
        ErrorOf(loop.Predict(rows, {&sets, 1}), Expected(target, sets, rows)),
        1e-5)
        << kernel->name;
  }
}

TEST_P(ForwardPassTest, WeightSetsMayComeInAnyGroupsAndMemoryFormats) {
  const TargetNetwork target = TargetOf(GetParam());
  Checkpoint checkpoint = CheckpointOf(target);
  const WeightSets sets = Generate(checkpoint, 5);
  WeightSets copied = sets.Slice(3, 2);
  for (at::Tensor& tensor : copied.tensors) tensor = tensor.contiguous();
  const std::vector<WeightSets> groups = {sets.Slice(0, 1), sets.Slice(1, 2),
                                          copied};
  const at::Tensor rows = Rows(target, 3);
  for (ExecutionForm form : Forms()) {
    const ForwardPass pass =
        ForwardPass::Create(checkpoint, c10::Device(c10::kCPU), form).value();
    const at::Tensor whole = pass.Outputs(rows, {&sets, 1});
    EXPECT_LE(ErrorOf(pass.Outputs(rows, groups), whole), 1e-6)
        << ExecutionFormName(form);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ForwardPassTest,
                         ::testing::ValuesIn(kTargets), [](const auto& tested) {
                           return std::string(tested.param.name);
                         });

ExecutionForm Chosen(const Checkpoint& checkpoint) {
  return ForwardPass::Create(checkpoint, c10::Device(c10::kCPU),
                             ExecutionForm::kAuto)
      .value()
      .FormFor(100);
}

TEST(ForwardPassChoiceTest, ADescriptionThatLiesIsNotBelieved) {
  TargetNetwork target = FindTargetNetwork("mnist").value();
  Checkpoint checkpoint = CheckpointOf(target);
  target.layers[1].activation = Activation::kElu;
  checkpoint.manifest.target_network_json = TargetNetworkToJson(target);
  EXPECT_EQ(Chosen(checkpoint), ExecutionForm::kModule);
  const auto forced = ForwardPass::Create(checkpoint, c10::Device(c10::kCPU),
                                          ExecutionForm::kBatched);
  EXPECT_EQ(forced.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(forced.status().message().find("differ"), std::string::npos);
  // Other layers than the weight sets have.
  target.layers[1].outputs = 16;
  checkpoint.manifest.target_network_json = TargetNetworkToJson(target);
  EXPECT_EQ(Chosen(checkpoint), ExecutionForm::kModule);
}

TEST(ForwardPassChoiceTest, WithoutADescriptionTheModulePredicts) {
  Checkpoint checkpoint = CheckpointOf(FindTargetNetwork("mnist").value());
  checkpoint.manifest.target_network_json.clear();
  EXPECT_EQ(Chosen(checkpoint), ExecutionForm::kModule);
  EXPECT_EQ(ForwardPass::Create(checkpoint, c10::Device(c10::kCPU),
                                ExecutionForm::kLoop)
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ForwardPassChoiceTest, OnTheCpuTheLoopIsTakenWhereThereIsAKernel) {
  EXPECT_EQ(Chosen(CheckpointOf(FindTargetNetwork("mnist").value())),
            Kernels().empty() ? ExecutionForm::kModule : ExecutionForm::kLoop);
}

TEST(NetworkLoopTest, RefusesWeightSetsOfOtherShapes) {
  if (Kernels().empty()) GTEST_SKIP() << "no kernel for this CPU";
  const TargetNetwork target = FindTargetNetwork("mnist").value();
  Checkpoint checkpoint = CheckpointOf(target);
  const NetworkLoop loop =
      NetworkLoop::Create(target, Kernels().front()).value();
  WeightSets sets = Generate(checkpoint, 2);
  const at::Tensor rows = Rows(target, 1);
  EXPECT_THROW(loop.Predict(rows.narrow(2, 0, 20), {&sets, 1}), c10::Error);
  sets.tensors[2] = sets.tensors[2].narrow(1, 0, 31);
  EXPECT_THROW(loop.Predict(rows, {&sets, 1}), c10::Error);
  sets.tensors.pop_back();
  EXPECT_THROW(loop.Predict(rows, {&sets, 1}), c10::Error);
}

TEST(NetworkBatchTest, EachOfSeveralBatchesIsForNetworksOfItsOwn) {
  for (const char* name : {"mnist", "cifar-small", "regression"}) {
    const TargetNetwork target = FindTargetNetwork(name).value();
    Checkpoint checkpoint = CheckpointOf(target);
    const WeightSets sets = Generate(checkpoint, 6);
    const at::Tensor rows = Rows(target, 6);
    const NetworkBatch batch =
        NetworkBatch::Create(target, c10::Device(c10::kCPU), 1 << 30).value();
    for (int64_t batches : {1, 2, 3, 6}) {
      const at::Tensor got =
          batch.Outputs(rows.unflatten(0, {batches, -1}), sets.tensors);
      for (int64_t i = 0; i < batches; ++i) {
        const int64_t size = 6 / batches;
        const WeightSets own = sets.Slice(i * size, size);
        EXPECT_LE(
            ErrorOf(got.narrow(0, i * size, size),
                    batch.Predict(rows.narrow(0, i * size, size), {&own, 1})),
            1e-6)
            << name << ", batch " << i << " of " << batches;
      }
    }
  }
}

TEST(NetworkBatchTest, ItsMemoryIsBoundedByPieces) {
  const TargetNetwork target = FindTargetNetwork("mnist").value();
  Checkpoint checkpoint = CheckpointOf(target);
  const WeightSets sets = Generate(checkpoint, 7);
  const at::Tensor rows = Rows(target, 2);
  const c10::Device cpu(c10::kCPU);
  const int64_t network_bytes = 2 * 32 * 24 * 24 * 4;
  const at::Tensor whole = NetworkBatch::Create(target, cpu, 1 << 30)
                               .value()
                               .Predict(rows, {&sets, 1});
  for (int64_t bytes : {int64_t{1}, 3 * network_bytes}) {
    const at::Tensor pieces = NetworkBatch::Create(target, cpu, bytes)
                                  .value()
                                  .Predict(rows, {&sets, 1});
    EXPECT_LE(ErrorOf(pieces, whole), 1e-6);
  }
}

TEST(ExecutionFormTest, NamesAreReadAndWritten) {
  for (const char* name : {"auto", "module", "loop", "batched"}) {
    EXPECT_EQ(ExecutionFormName(ParseExecutionForm(name).value()), name);
  }
  EXPECT_EQ(ParseExecutionForm("fast").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ExecutionFormTest, AGpuWantsAllNetworksAtOnce) {
  PossibleForms gpu = {.on_cpu = false, .loop = false, .batched = true};
  EXPECT_EQ(ChooseForm(gpu, 100), ExecutionForm::kBatched);
  gpu.batched = false;
  EXPECT_EQ(ChooseForm(gpu, 100), ExecutionForm::kModule);
  EXPECT_GT(BoundsFor(false).networks, BoundsFor(true).networks);
}

}  // namespace
}  // namespace hypergan
