// The forward pass of N networks on B rows against the roof of the machine, in
// every form; the weight sets are drawn before.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/mnist_ensemble.h"
#include "bench/roof.h"

namespace hypergan::bench {
namespace {

// Up to a thousand weight sets, as often as makes `networks`.
std::vector<WeightSets> Drawn(const Ensemble& ensemble, int64_t networks) {
  constexpr int64_t kMost = 1000;
  const WeightSets sets =
      ensemble.Sample(1, 0, std::min(networks, kMost)).value();
  std::vector<WeightSets> drawn;
  for (int64_t left = networks; left > 0; left -= sets.count()) {
    drawn.push_back(sets.Slice(0, std::min(left, sets.count())));
  }
  return drawn;
}

// Arguments: networks, rows, threads.
void BM_Forward(benchmark::State& state, ExecutionForm form) {
  const auto threads = static_cast<int>(state.range(2));
  Workers workers(threads);
  const Ensemble ensemble =
      NewEnsemble(&workers, {.form = form, .sampler = {}});
  const std::vector<WeightSets> sets = Drawn(ensemble, state.range(0));
  const at::Tensor rows = Images(state.range(1));
  const double flop = ForwardFlop(TargetOf(ensemble.manifest())) *
                      static_cast<double>(state.range(0) * state.range(1));
  Measure(state, flop, threads, [&] {
    benchmark::DoNotOptimize(ensemble.Predict(rows, sets, {}).value().mean);
  });
}

void Shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"networks", "rows", "threads"})
      ->ArgsProduct({{1, 10, 100}, {1, 32}, {1, 2}})
      ->UseManualTime()
      ->Iterations(9)
      ->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(BM_Forward, chosen, ExecutionForm::kAuto)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_Forward, loop, ExecutionForm::kLoop)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_Forward, module, ExecutionForm::kModule)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_Forward, batched, ExecutionForm::kBatched)->Apply(Shapes);

// Scaling in one of the two, the other at what is usual.
BENCHMARK_CAPTURE(BM_Forward, scaling, ExecutionForm::kAuto)
    ->ArgNames({"networks", "rows", "threads"})
    ->ArgsProduct({{1, 10, 100, 1000, 10000}, {1}, {2}})
    ->ArgsProduct({{100}, {1, 4, 16, 64, 256, 1024}, {2}})
    ->UseManualTime()
    ->Iterations(9)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hypergan::bench

int main(int argc, char** argv) {
  hypergan::ConfigureProcessForWorkers();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
