// One training step of 10 networks on 100 digits, on the CPU or where
// HYPERGAN_DEVICE says (a GPU has one thread of the host);
// bench/baselines/published_step.py times the same job in the form of the
// published Python code.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "bench/images.h"
#include "hypergan/runtime/device.h"
#include "hypergan/target/module.h"
#include "trainer/data/constants.h"
#include "trainer/loop/learner.h"
#include "trainer/methods/hypergan_posterior.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

// Where HYPERGAN_DEVICE says, or on the CPU. To be asked first of all:
// hypergan/runtime/device.h.
c10::Device BenchDevice() {
  const char* name = std::getenv("HYPERGAN_DEVICE");
  return OpenDevice(name != nullptr ? name : "cpu").value();
}

void BM_TrainingStep(benchmark::State& state) {
  constexpr int64_t kRows = 100;
  const Rows& digits = bench::Digits();
  Architecture architecture{FindTargetNetwork("mnist").value(), {}};
  const Constants constants = InputConstants(digits);
  architecture.target.input_mean = constants.mean;
  architecture.target.input_deviation = constants.deviation;
  const c10::Device device = BenchDevice();
  Learner learner =
      NewLearner(std::make_unique<HyperGanPosterior>(
                     architecture, NewModule(architecture, 1).value(),
                     /*seed=*/1, HyperGanPosterior::Options(), device),
                 architecture.target, device)
          .value();
  Workers workers(static_cast<int>(state.range(0)));
  const ObjectiveOptions objective;
  int64_t step = 0;
  for (auto _ : state) {
    const at::Tensor index =
        Permutation(1, static_cast<uint64_t>(step), digits.size())
            .narrow(0, 0, kRows);
    const StepRows rows = {
        digits.Inputs(index), digits.targets.index_select(0, index), {}};
    const auto report = learner.Step(
        step, rows, objective,
        {.hidden = 1e-4, .last = 1e-5, .discriminator = 1e-4}, workers);
    if (!report.ok()) {
      state.SkipWithError(report.status().ToString().c_str());
      break;
    }
    ++step;
  }
  state.counters["networks x rows"] =
      benchmark::Counter(static_cast<double>(objective.networks * kRows),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(BM_TrainingStep)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->MinTime(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hypergan::trainer

int main(int argc, char** argv) {
  hypergan::ConfigureProcessForWorkers();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
