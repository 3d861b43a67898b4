// Weight sets against the roof of the machine: LibTorch's own linear layers,
// packed ones, and packed ones in bfloat16.
#include <benchmark/benchmark.h>

#include "bench/mnist_ensemble.h"
#include "bench/roof.h"
#include "hypergan/ensemble/noise.h"

namespace hypergan::bench {
namespace {

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"networks", "threads"})
      ->ArgsProduct({{1, 10, 100}, {1, 2}})
      ->UseManualTime()
      ->Iterations(9)
      ->Unit(benchmark::kMillisecond);
}

EnsembleSetup Setup(WeightPrecision precision) {
  EnsembleSetup setup;
  setup.sampler.precision = precision;
  return setup;
}

void BM_Generate(benchmark::State& state, WeightPrecision precision) {
  const auto threads = static_cast<int>(state.range(1));
  Workers workers(threads);
  const Ensemble ensemble = NewEnsemble(&workers, Setup(precision));
  const double flop =
      GeneratorFlop(Mnist()) * static_cast<double>(state.range(0));
  uint64_t seed = 0;
  Measure(state, flop, threads, [&] {
    const NetworkRange range = {++seed, 0, state.range(0)};
    benchmark::DoNotOptimize(ensemble.Sample({&range, 1}).value());
  });
}
BENCHMARK_CAPTURE(BM_Generate, float32, WeightPrecision::kFloat32)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Generate, bfloat16, WeightPrecision::kBfloat16)
    ->Apply(Sizes);

// The checkpoint's method as it is, on slices of the networks.
void BM_GenerateByMethod(benchmark::State& state) {
  const auto threads = static_cast<int>(state.range(1));
  Workers workers(threads);
  const Checkpoint checkpoint = NewCheckpoint();
  const int64_t networks = state.range(0);
  const int64_t slice = (networks + threads - 1) / threads;
  const double flop = GeneratorFlop(Mnist()) * static_cast<double>(networks);
  uint64_t seed = 0;
  Measure(state, flop, threads, [&] {
    ++seed;
    (void)workers.ForEach((networks + slice - 1) / slice, [&](int64_t i) {
      c10::InferenceMode inference;
      torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
      const at::Tensor noise = DrawNoise(
          seed, i * slice, std::min(slice, networks - i * slice), 256);
      benchmark::DoNotOptimize(
          checkpoint.module.get_method("generate")({noise}));
      return absl::OkStatus();
    });
  });
}
BENCHMARK(BM_GenerateByMethod)->Apply(Sizes);

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
}  // namespace hypergan::bench

int main(int argc, char** argv) {
  hypergan::ConfigureProcessForWorkers();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
