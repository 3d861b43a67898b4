// Ensembles of the paper's MNIST network at its full generator size: what one
// request costs, its networks sampled for it or drawn before.
#include <benchmark/benchmark.h>

#include "bench/mnist_ensemble.h"

namespace hypergan::bench {
namespace {

void Shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"networks", "rows", "threads"})
      ->ArgsProduct({{10, 100}, {1, 32}, {1, 2}})
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void CountEvaluations(benchmark::State& state) {
  state.counters["networks x rows"] =
      benchmark::Counter(static_cast<double>(state.range(0) * state.range(1)),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void BM_Predict(benchmark::State& state) {
  Workers workers(static_cast<int>(state.range(2)));
  const Ensemble ensemble = NewEnsemble(&workers);
  const at::Tensor rows = Images(state.range(1));
  EnsembleOptions options;
  options.num_networks = state.range(0);
  for (auto _ : state) {
    ++options.seed;
    benchmark::DoNotOptimize(ensemble.Predict(rows, options).value().mean);
  }
  CountEvaluations(state);
}
BENCHMARK(BM_Predict)->Apply(Shapes);

void BM_PredictDrawn(benchmark::State& state) {
  Workers workers(static_cast<int>(state.range(2)));
  const Ensemble ensemble = NewEnsemble(&workers);
  const at::Tensor rows = Images(state.range(1));
  const WeightSets sets = ensemble.Sample(1, 0, state.range(0)).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(ensemble.Predict(rows, {&sets, 1}, {})->mean);
  }
  CountEvaluations(state);
}
BENCHMARK(BM_PredictDrawn)->Apply(Shapes);

}  // namespace
}  // namespace hypergan::bench

int main(int argc, char** argv) {
  hypergan::ConfigureProcessForWorkers();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
