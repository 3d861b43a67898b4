#include "hypergan/checkpoint/checkpoint.h"

#include <sys/resource.h>
#include <torch/script.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"
#include "tests/support/tiny_model.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;
using testing::TinyCheckpoint;

const c10::Device kCpu(c10::kCPU);

class CheckpointTest : public ::testing::Test {
 protected:
  void Save(const Checkpoint& checkpoint) {
    const absl::Status status =
        SaveCheckpoint(checkpoint.module, checkpoint.manifest, path_);
    ASSERT_TRUE(status.ok()) << status;
  }

  std::string Bytes() const {
    std::ifstream file(path_, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  size_t FilesBeside() const {
    size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder_ / "1")) {
      files += entry.exists();
    }
    return files;
  }

  const TempFolder temp_;
  const std::filesystem::path folder_ = temp_.path();
  const std::string path_ = (folder_ / "1" / "model.pt").string();
};

// A module of a few lines under the contract, to be broken in one place.
torch::jit::Module Scripted(const std::string& generate,
                            const std::string& predict) {
  torch::jit::Module module("Scripted");
  module.register_attribute("training", c10::BoolType::get(), false);
  module.define("def generate(self, noise: Tensor) -> List[Tensor]:\n    " +
                generate +
                "\n"
                "def predict(self, inputs: Tensor, weights: List[Tensor]) -> "
                "Tensor:\n    " +
                predict +
                "\n"
                "def forward(self, inputs: Tensor, noise: Tensor) -> Tensor:\n"
                "    return self.predict(inputs, self.generate(noise))\n");
  return module;
}

Manifest ScriptedManifest() {
  Manifest manifest;
  manifest.task = Task::kRegression;
  manifest.noise_size = 3;
  manifest.input_shape = {2};
  manifest.num_outputs = 2;
  return manifest;
}

constexpr char kGenerate[] = "return [noise[:, :2]]";
constexpr char kPredict[] =
    "return inputs.unsqueeze(0) * weights[0].unsqueeze(1)";

std::string WhyRefused(const std::string& generate,
                       const std::string& predict) {
  torch::jit::Module module = Scripted(generate, predict);
  const absl::Status status = CheckContract(module, ScriptedManifest(), kCpu);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST_F(CheckpointTest, LoadsWhatWasSaved) {
  const Checkpoint saved = TinyCheckpoint("mnist");
  Save(saved);
  const auto loaded = LoadCheckpoint(path_, kCpu);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->manifest_json, saved.manifest_json);
  EXPECT_TRUE(at::equal(loaded->module.attr("mixer_0_weight").toTensor(),
                        saved.module.attr("mixer_0_weight").toTensor()));
}

TEST_F(CheckpointTest, SaysWhatIsMissing) {
  EXPECT_EQ(LoadCheckpoint(path_, kCpu).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(LoadCheckpoint(::testing::TempDir(), kCpu).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CheckpointTest, RefusesTruncatedFiles) {
  Save(TinyCheckpoint("regression"));
  const std::string bytes = Bytes();
  for (size_t size = 0; size < bytes.size(); size += bytes.size() / 37 + 1) {
    Write(bytes.substr(0, size));
    EXPECT_FALSE(LoadCheckpoint(path_, kCpu).ok()) << size << " bytes";
  }
}

TEST_F(CheckpointTest, RefusesOrSurvivesEveryFlippedBit) {
  const Checkpoint saved = TinyCheckpoint("regression");
  Save(saved);
  const std::string bytes = Bytes();
  int refused = 0;
  int tried = 0;
  for (size_t at = 7; at < bytes.size(); at += 331) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    Write(flipped);
    const auto loaded = LoadCheckpoint(path_, kCpu);
    ++tried;
    refused += !loaded.ok();
    if (!loaded.ok()) continue;
    // Padding and time stamps carry no meaning; whatever does is checked.
    EXPECT_EQ(loaded->manifest_json, saved.manifest_json) << "byte " << at;
    const auto before = saved.module.parameters(false);
    const auto after = loaded->module.parameters(false);
    auto parameter = after.begin();
    for (const at::Tensor& tensor : before) {
      EXPECT_TRUE(at::equal(tensor, *parameter)) << "byte " << at;
      ++parameter;
    }
  }
  EXPECT_GT(refused, tried / 2);
}

TEST_F(CheckpointTest, RefusesAnArchiveWithoutManifest) {
  std::filesystem::create_directories(folder_ / "1");
  Scripted(kGenerate, kPredict).save(path_);
  const absl::Status status = LoadCheckpoint(path_, kCpu).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("manifest.json"));
}

TEST_F(CheckpointTest, AcceptsAnybodysModuleUnderTheContract) {
  torch::jit::Module module = Scripted(kGenerate, kPredict);
  const absl::Status status = CheckContract(module, ScriptedManifest(), kCpu);
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(CheckpointTest, SaysHowAModuleBreaksTheContract) {
  EXPECT_THAT(WhyRefused("return [noise.double()]", kPredict),
              HasSubstr("expected float32 [3, ...], got Double"));
  EXPECT_THAT(WhyRefused("return [noise[:1, :2]]", kPredict),
              HasSubstr("expected float32 [3, ...], got Float [1, 2]"));
  EXPECT_THAT(WhyRefused("return [torch.randn_like(noise)]", kPredict),
              HasSubstr("draws random numbers"));
  EXPECT_THAT(WhyRefused("return [(noise - noise.mean(0))[:, :2]]", kPredict),
              HasSubstr("depends on the others"));
  EXPECT_THAT(
      WhyRefused(kGenerate, "return inputs"),
      HasSubstr("predict: expected float32 [3, 2, 2], got Float [2, 2]"));
  EXPECT_THAT(
      WhyRefused(
          kGenerate,
          "return inputs.unsqueeze(0) / (0.0 * weights[0].unsqueeze(1))"),
      HasSubstr("not finite"));
  EXPECT_THAT(WhyRefused(kGenerate, "return inputs.view([7])"),
              HasSubstr("trial run"));
}

// What one network or row gets must not depend on who else asks.
TEST_F(CheckpointTest, RefusesPredictionsThatAreNotARowsAlone) {
  EXPECT_THAT(WhyRefused("return [((noise - noise.mean(0)) / noise.std(0))"
                         "[:, :2]]",
                         kPredict),
              HasSubstr("not finite, of 1 networks"));
  const std::string outputs =
      "x = inputs.unsqueeze(0) * weights[0].unsqueeze(1)\n    ";
  EXPECT_THAT(WhyRefused(kGenerate, outputs + "return x + torch.rand([1])"),
              HasSubstr("predict: tensor 0 differs"));
  EXPECT_THAT(WhyRefused(kGenerate, outputs + "return x - x.mean(0)"),
              HasSubstr("network 1 depends on the others"));
  EXPECT_THAT(
      WhyRefused(kGenerate, outputs + "return x - x.mean(1, keepdim=True)"),
      HasSubstr("row 1 depends on the others"));
}

TEST_F(CheckpointTest, SaysWhichMethodIsMissing) {
  torch::jit::Module module("Empty");
  const absl::Status status = CheckContract(module, ScriptedManifest(), kCpu);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no method 'generate'"));
}

// While it lives, no file of this process may grow past `bytes`: a full disk,
// as far as write(2) can tell.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_F(CheckpointTest, KeepsTheFormerFileWhenTheDiskIsFull) {
  Save(TinyCheckpoint("regression", 1));
  const std::string before = Bytes();
  const Checkpoint next = TinyCheckpoint("mnist", 2);
  absl::Status status;
  {
    const FullDisk full(4096);
    status = SaveCheckpoint(next.module, next.manifest, path_);
  }
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.pt"));
  EXPECT_EQ(Bytes(), before);
  EXPECT_EQ(FilesBeside(), 2u);  // it and its digest
  EXPECT_TRUE(LoadCheckpoint(path_, kCpu).ok());
}

}  // namespace
}  // namespace hypergan
