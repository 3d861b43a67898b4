// hypergan-server with engines that need no LibTorch, for the tests of the
// program. What a model.pt says decides what it is:
//   "broken"  cannot be loaded
//   "crashes" ends the process that loads it
//   "spins"   keeps two threads of the process busy that loads it
//   "slow"    a prediction of more than one row makes the file model.pt.running
//             and goes on once there is a model.pt.go
//   "hangs"   is never loaded: makes the file model.pt.running and stays at it
//   "stuck"   a prediction of more than one row makes the file model.pt.running
//             and never ends, whoever asks it to
//   "lost"    a prediction of more than one row fails, for the device is lost
//   else      a classifier
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "server/app/program.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

bool Exists(const std::string& path) { return std::ifstream(path).good(); }

FakeEngine::Hook SlowHook(const std::string& path) {
  return [path](const FakeEngine::Piece& piece,
                const Interrupt& interrupt) -> absl::Status {
    if (piece.inputs.rows == 1) return absl::OkStatus();
    std::ofstream(path + ".running") << "1";
    while (!Exists(path + ".go")) {
      if (absl::Status status = interrupt(); !status.ok()) return status;
      std::this_thread::yield();
    }
    return absl::OkStatus();
  };
}

[[noreturn]] void StayAt(const std::string& path) {
  std::ofstream(path + ".running") << "1";
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

// Of one row is the warm-up.
FakeEngine::Hook StuckHook(const std::string& path) {
  return [path](const FakeEngine::Piece& piece, const Interrupt&) {
    if (piece.inputs.rows > 1) StayAt(path);
    return absl::OkStatus();
  };
}

absl::Status LostHook(const FakeEngine::Piece& piece, const Interrupt&) {
  if (piece.inputs.rows == 1) return absl::OkStatus();
  return absl::InternalError("an illegal access");
}

std::unique_ptr<Engine> LostEngine() {
  auto engine = std::make_unique<FakeEngine>(ClassifierManifest(), LostHook);
  engine->SetDevice(absl::InternalError("device: an illegal access"));
  return engine;
}

absl::StatusOr<std::unique_ptr<Engine>> Load(const CheckpointFile& checkpoint) {
  const std::string& path = checkpoint.path;
  std::ifstream file(checkpoint.bytes_path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text == "crashes") {
    std::signal(SIGSEGV, SIG_DFL);  // sanitizers end it in a way of their own
    std::raise(SIGSEGV);
  }
  if (text == "spins") {
    // Two threads use the processor's time up before the clock's.
    const auto spin = [] {
      for (volatile bool spins = true; spins;) continue;
    };
    std::thread(spin).detach();
    spin();
  }
  if (text == "lost") return LostEngine();
  if (text == "hangs") StayAt(path);
  if (text == "stuck") {
    return std::make_unique<FakeEngine>(ClassifierManifest(), StuckHook(path));
  }
  if (text == "broken") return absl::DataLossError("not a checkpoint");
  return std::make_unique<FakeEngine>(
      ClassifierManifest(), text == "slow" ? SlowHook(path) : nullptr);
}

absl::StatusOr<EngineLoader> Open(const Options& options) {
  if (options.device == "cuda") {
    return absl::UnavailableError("--device=cuda: no driver was found");
  }
  return EngineLoader(Load);
}

}  // namespace
}  // namespace hypergan::server

int main(int argc, char** argv) {
  return hypergan::server::RunProgram(argc, argv, hypergan::server::Open);
}
