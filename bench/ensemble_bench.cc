// Ensembles of the paper's MNIST network at its full generator size: what one
// request costs, and its parts.
#include <benchmark/benchmark.h>

#include "bench/images.h"
#include "hypergan/ensemble.h"
#include "hypergan/module.h"
#include "hypergan/noise.h"

namespace hypergan {
namespace {

Architecture Mnist() { return {FindTargetNetwork("mnist").value(), {}}; }

Checkpoint NewCheckpoint() {
  const Architecture architecture = Mnist();
  Checkpoint checkpoint;
  checkpoint.module = NewModule(architecture, 1).value();
  checkpoint.manifest.noise_size = architecture.sizes.noise;
  checkpoint.manifest.input_shape = architecture.target.input_shape;
  checkpoint.manifest.num_outputs = architecture.target.NumOutputs();
  return checkpoint;
}

// Arguments: networks, rows, threads.
void BM_Predict(benchmark::State& state) {
  Workers workers(static_cast<int>(state.range(2)));
  const Ensemble ensemble(NewCheckpoint(), c10::Device(c10::kCPU), &workers);
  const at::Tensor rows = bench::Digits().Inputs(0, state.range(1));
  EnsembleOptions options;
  options.num_networks = state.range(0);
  for (auto _ : state) {
    ++options.seed;
    benchmark::DoNotOptimize(ensemble.Predict(rows, options).value().mean);
  }
  state.counters["networks x rows"] =
      benchmark::Counter(static_cast<double>(state.range(0) * state.range(1)),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(BM_Predict)
    ->ArgNames({"networks", "rows", "threads"})
    ->ArgsProduct({{10, 100}, {1, 32}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_Generate(benchmark::State& state) {
  c10::InferenceMode inference;
  torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  const Checkpoint checkpoint = NewCheckpoint();
  const at::Tensor noise = DrawNoise(1, 0, state.range(0), 256);
  for (auto _ : state) {
    benchmark::DoNotOptimize(checkpoint.module.get_method("generate")({noise}));
  }
}
BENCHMARK(BM_Generate)
    ->ArgName("networks")
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Unit(benchmark::kMillisecond);

void BM_DrawNoise(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(DrawNoise(1, 0, state.range(0), 256));
  }
}
BENCHMARK(BM_DrawNoise)
    ->ArgName("networks")
    ->Arg(100)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hypergan

int main(int argc, char** argv) {
  hypergan::ConfigureProcessForWorkers();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
