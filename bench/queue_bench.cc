// What a request costs besides its arithmetic, part two: its way through the
// queue, the scheduler and the sources of networks, with an engine that takes
// no time.
#include <benchmark/benchmark.h>

#include <future>
#include <memory>
#include <vector>

#include "bench/null_engine.h"
#include "prometheus/registry.h"
#include "server/serving/networks/network_supply.h"
#include "server/serving/scheduling/scheduler.h"
#include "server/serving/scheduling/worker.h"

namespace hypergan::server {
namespace {

const std::vector<float> kImage(784, 0.5f);

struct Serving {
  Serving()
      : supply(SamplingOptions(), limits, clock, registry),
        scheduler(limits, clock, supply, log, Scheduler::Observers()) {}

  Job MakeJob() const {
    Job job;
    job.engine = engine;
    job.inputs = kImage;
    job.rows = 1;
    job.num_networks = 100;
    job.bytes = 6272;
    job.done = [](const absl::StatusOr<Answer>&) {};
    return job;
  }

  const Limits limits;
  const SystemClock clock;
  const Log log = [](std::string_view) {};
  prometheus::Registry registry;
  const std::shared_ptr<const Engine> engine =
      std::make_shared<NullEngine>(DigitsManifest());
  NetworkSupply supply;
  Scheduler scheduler;
};

// Submitted, made a batch, asked and answered, on one thread; so many share.
void ScheduleRequests(benchmark::State& state) {
  Serving serving;
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      benchmark::DoNotOptimize(serving.scheduler.Submit(serving.MakeJob()));
    }
    while (serving.scheduler.RunPiece()) continue;
  }
  state.counters["per request"] = benchmark::Counter(
      static_cast<double>(state.iterations() * state.range(0)),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(ScheduleRequests)->Arg(1)->Arg(16)->Unit(benchmark::kMicrosecond);

// From one thread to the worker's and back, as a call of gRPC's waits for it.
void AskTheWorker(benchmark::State& state) {
  Serving serving;
  Worker worker(serving.scheduler);
  for (auto _ : state) {
    std::promise<void> done;
    Job job = serving.MakeJob();
    job.done = [&done](const absl::StatusOr<Answer>&) { done.set_value(); };
    benchmark::DoNotOptimize(serving.scheduler.Submit(std::move(job)));
    done.get_future().wait();
  }
}
BENCHMARK(AskTheWorker)->UseRealTime()->Unit(benchmark::kMicrosecond);

// With so many that wait and share with nobody.
void SubmitToAFullQueue(benchmark::State& state) {
  Serving serving;
  for (int64_t i = 0; i < serving.limits.max_queued_requests; ++i) {
    Job job = serving.MakeJob();
    job.seed = static_cast<uint64_t>(i);
    (void)serving.scheduler.Submit(std::move(job));
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(serving.scheduler.Submit(serving.MakeJob()));
  }
  serving.scheduler.CancelAll();
  while (serving.scheduler.RunPiece()) continue;
}
BENCHMARK(SubmitToAFullQueue)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hypergan::server

BENCHMARK_MAIN();
