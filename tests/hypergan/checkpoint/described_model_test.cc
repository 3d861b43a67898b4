#include "hypergan/checkpoint/described_model.h"

#include <torch/script.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/checkpoint/safetensors.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/target/torchscript_source.h"
#include "tests/support/temp_folder.h"
#include "tests/support/tiny_model.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;
using testing::ManifestOf;
using testing::TinyArchitecture;

const c10::Device kCpu(c10::kCPU);

Checkpoint Described(const Architecture& architecture) {
  Checkpoint checkpoint;
  checkpoint.module = NewModule(architecture, 3, 0.2).value();
  checkpoint.manifest =
      ManifestOf(architecture, architecture.target.name == "regression"
                                   ? Task::kRegression
                                   : Task::kClassification);
  checkpoint.manifest.target_network_json =
      TargetNetworkToJson(architecture.target);
  checkpoint.manifest_json = ManifestToJson(checkpoint.manifest);
  return checkpoint;
}

// Of every form that a HyperGAN has.
std::vector<Architecture> Architectures() {
  std::vector<Architecture> all = {TinyArchitecture("regression"),
                                   TinyArchitecture("mnist"),
                                   TinyArchitecture("cifar-small")};
  Architecture starts = TinyArchitecture("regression");
  starts.sizes.starts = 5;
  starts.sizes.standard_codes = true;
  starts.target.input_mean = {2};
  starts.target.input_deviation = {3};
  starts.target.output_mean = {-1};
  starts.target.output_deviation = {0.5};
  all.push_back(starts);
  Architecture plain = TinyArchitecture("regression");
  plain.sizes.mixer = false;
  plain.sizes.noise = 2 * plain.sizes.code;
  plain.sizes.generator_hidden = {};
  all.push_back(plain);
  Architecture flat = TinyArchitecture("regression");
  flat.sizes.mixer_hidden = {};
  all.push_back(flat);
  return all;
}

class DescribedModelTest : public ::testing::Test {
 protected:
  absl::Status Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
    return LoadCheckpoint(path_, kCpu).status();
  }
  std::string Bytes(const Checkpoint& checkpoint) const {
    return WriteDescribedModel(checkpoint.module, checkpoint.manifest).value();
  }

  const TempFolder temp_;
  const std::string path_ =
      (std::filesystem::path(temp_.path()) / "model.safetensors").string();
};

TEST_F(DescribedModelTest, SaysWhatItsTorchScriptFormSays) {
  const std::string archive =
      (std::filesystem::path(temp_.path()) / "model.pt").string();
  for (const Architecture& architecture : Architectures()) {
    const Checkpoint saved = Described(architecture);
    for (const std::string& path : {path_, archive}) {
      const absl::Status status =
          SaveCheckpoint(saved.module, saved.manifest, path);
      ASSERT_TRUE(status.ok()) << status;
    }
    auto described = LoadCheckpoint(path_, kCpu);
    auto scripted = LoadCheckpoint(archive, kCpu);
    ASSERT_TRUE(described.ok()) << described.status();
    ASSERT_TRUE(scripted.ok()) << scripted.status();
    EXPECT_EQ(described->manifest_json, scripted->manifest_json);
    const c10::InferenceMode inference;
    const at::Tensor noise = DrawNoise(5, 0, 7, architecture.sizes.noise);
    const auto generate = [&](Checkpoint& checkpoint) {
      return checkpoint.module.get_method("generate")({noise}).toTensorVector();
    };
    const auto ours = generate(*described);
    const auto theirs = generate(*scripted);
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t i = 0; i < ours.size(); ++i) {
      EXPECT_TRUE(at::allclose(ours[i], theirs[i], 1e-6, 1e-6));
    }
    std::vector<int64_t> shape = architecture.target.input_shape;
    shape.insert(shape.begin(), 3);
    const at::Tensor rows =
        at::linspace(-1, 1, c10::multiply_integers(shape)).view(shape);
    EXPECT_TRUE(at::allclose(
        described->module.get_method("predict")({rows, ours}).toTensor(),
        scripted->module.get_method("predict")({rows, theirs}).toTensor(), 1e-6,
        1e-6));
  }
}

TEST_F(DescribedModelTest, ANameDecidesTheFormat) {
  const Checkpoint checkpoint = Described(TinyArchitecture("regression"));
  ASSERT_TRUE(
      SaveCheckpoint(checkpoint.module, checkpoint.manifest, path_).ok());
  EXPECT_EQ(LoadCheckpoint(path_, CheckpointFormat::kTorchScript, kCpu)
                .status()
                .code(),
            absl::StatusCode::kDataLoss);
  // Code under the name of a file without code is not run.
  std::ostringstream archive;
  checkpoint.module.save(archive,
                         {{"manifest.json", checkpoint.manifest_json}});
  EXPECT_THAT(std::string(Write(archive.str()).message()),
              HasSubstr("not a safetensors file"));
}

TEST_F(DescribedModelTest, RefusesTruncationAndOverwritesAnywhere) {
  const std::string bytes = Bytes(Described(TinyArchitecture("regression")));
  ASSERT_TRUE(Write(bytes).ok());
  for (size_t size = 0; size < bytes.size(); size += bytes.size() / 61 + 1) {
    EXPECT_FALSE(Write(bytes.substr(0, size)).ok()) << size << " bytes";
  }
  // Refused, or a model of other numbers: never the end of the process.
  for (size_t at = 3; at < bytes.size(); at += bytes.size() / 97 + 1) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    Write(damaged).IgnoreError();
  }
}

TEST_F(DescribedModelTest, RefusesTensorsOfAnotherNetwork) {
  const Checkpoint small = Described(TinyArchitecture("regression"));
  const std::string bytes = Bytes(small);
  const auto with = [&](const std::string& from, const std::string& to) {
    EXPECT_EQ(from.size(), to.size());
    return std::string(
        Write(absl::StrReplaceAll(bytes, {{from, to}})).message());
  };
  EXPECT_THAT(with("mixer_1_bias", "mixer_9_bias"),
              HasSubstr("tensor mixer_1_bias: expected [16] for the manifest's "
                        "target network, got none"));
  EXPECT_THAT(with("generator1_out_weight", "generator9_out_weight"),
              HasSubstr("tensor generator1_out_weight: expected [201, 16]"));
  EXPECT_THAT(with(R"(\"outputs\": 200)", R"(\"outputs\": 999)"),
              HasSubstr("expected [1998, 16]"));
  EXPECT_THAT(with(R"(\"outputs\": 200,)", R"(\"outputs\":   0,)"),
              HasSubstr("layer 0: outputs must be in 1.."));
  EXPECT_THAT(with(R"(\"noise_size\": 8)", R"(\"noise_size\": 9)"),
              HasSubstr("tensor mixer_0_weight: expected [16, 9]"));
  EXPECT_THAT(with(R"("manifest":)", R"("manifesT":)"),
              HasSubstr("no 'manifest' in the header's metadata"));
}

TEST_F(DescribedModelTest, DescribesNoOtherModule) {
  Checkpoint other = Described(TinyArchitecture("regression"));
  other.manifest.target_network_json.clear();
  EXPECT_THAT(
      std::string(
          WriteDescribedModel(other.module, other.manifest).status().message()),
      HasSubstr("only a HyperGAN can be kept without code"));
  const Checkpoint whole = Described(TinyArchitecture("regression"));
  torch::jit::Module module("Other");
  module.register_attribute("training", c10::BoolType::get(), false);
  EXPECT_THAT(
      std::string(
          WriteDescribedModel(module, whole.manifest).status().message()),
      HasSubstr("not a HyperGAN's: code size"));
  // The same tensors and other methods.
  for (const auto& [name, tensor] : whole.module.named_parameters(false)) {
    module.register_parameter(name, tensor, false);
  }
  for (const auto& [name, tensor] : whole.module.named_buffers(false)) {
    module.register_buffer(name, tensor);
  }
  module.define(
      absl::StrReplaceAll(HyperGanSource(TinyArchitecture("regression")),
                          {{"return [w0", "return [2 * w0"}}));
  EXPECT_THAT(
      std::string(
          WriteDescribedModel(module, whole.manifest).status().message()),
      HasSubstr("methods are not a HyperGAN's"));
}

TEST_F(DescribedModelTest, RefusesNumbersThatBreakTheContract) {
  Checkpoint broken = Described(TinyArchitecture("regression"));
  std::string bytes = Bytes(broken);
  // The last numbers are those of the last tensor by name.
  const uint32_t nan = 0x7fc00000;
  std::memcpy(bytes.data() + bytes.size() - sizeof(nan), &nan, sizeof(nan));
  EXPECT_THAT(std::string(Write(bytes).message()), HasSubstr("not finite"));
}

}  // namespace
}  // namespace hypergan
