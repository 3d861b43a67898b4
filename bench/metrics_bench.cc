// What the metrics cost: two whole servers of one program, one of which counts,
// are asked in turns, so that whatever else the machine does slows both.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/null_engine.h"
#include "bench/paper_model.h"
#include "grpcpp/grpcpp.h"
#include "hypergan/v1/ensemble.grpc.pb.h"
#include "prometheus/registry.h"
#include "server/engine/torch_engine.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/v1/ensemble_service.h"
#include "server/rpc/v1/tensor_codec.h"
#include "server/serving/networks/network_supply.h"
#include "server/serving/scheduling/worker.h"

namespace hypergan::server {
namespace {

// A server on the loopback, and its client.
class Asked {
 public:
  Asked(const std::shared_ptr<const Engine>& engine, bool counts)
      : supply_(SamplingOptions(), limits_, clock_, registry_),
        scheduler_(limits_, clock_, supply_, log_, ObserversIf(counts)),
        worker_(scheduler_),
        service_({limits_, clock_, access_, request_log_, models_, scheduler_,
                  metrics_, calls_}),
        server_(GrpcServer::Start({.address = "127.0.0.1:0"}, {&service_},
                                  calls_, access_, limits_)
                    .value()),
        stub_(v1::EnsembleService::NewStub(
            grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                grpc::InsecureChannelCredentials()))) {
    auto table = std::make_shared<ModelTable>();
    table->Add(
        {"mnist", 1, engine,
         counts ? &metrics_.AddModel("mnist", 1, {.classes = 10}) : nullptr});
    models_.Serve(std::move(table));
  }

  // Asks it so often, that many at once.
  void Ask(const v1::PredictRequest& request, int64_t requests,
           int64_t at_once) {
    std::atomic<int64_t> left = requests;
    std::vector<std::thread> clients;
    for (int64_t i = 0; i < at_once; ++i) {
      clients.emplace_back([&] {
        while (--left >= 0) {
          grpc::ClientContext context;
          v1::PredictResponse response;
          const auto status = stub_->Predict(&context, request, &response);
          if (status.ok()) continue;
          std::fprintf(stderr, "%s\n", status.error_message().c_str());
          std::exit(1);
        }
      });
    }
    for (std::thread& client : clients) client.join();
  }

 private:
  Scheduler::Observers ObserversIf(bool counts) {
    if (!counts) return {};
    return {.queue =
                [this](const QueueLevel& level) {
                  metrics_.SetQueue(level.requests, level.bytes,
                                    level.row_networks);
                },
            .busy = [this](absl::Duration time) { metrics_.AddBusy(time); }};
  }

  const Limits limits_;
  const SystemClock clock_;
  const Log log_ = [](std::string_view) {};
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  const Access access_{nullptr, true, registry_};
  const RequestLog request_log_{[](absl::Span<const Field>) {}, clock_, false};
  OpenCalls calls_{limits_, clock_};
  CurrentModels models_;
  NetworkSupply supply_;
  Scheduler scheduler_;
  Worker worker_;
  EnsembleService service_;
  const std::unique_ptr<GrpcServer> server_;
  const std::unique_ptr<v1::EnsembleService::Stub> stub_;
};

// Ten networks of one seed: with drawing them, counting would be less of it.
v1::PredictRequest Request(int64_t rows) {
  v1::PredictRequest request;
  request.set_model_name("mnist");
  request.set_num_networks(10);
  request.set_seed(1);
  EncodeTensor({rows, 1, 28, 28}, bench::PaperRows(rows),
               request.mutable_inputs());
  return request;
}

struct Spent {
  double seconds = 0;  // on the clock
  double cpu = 0;      // computing, all threads'

  static Spent Now() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec;
    };
    return {absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()),
            seconds(usage.ru_utime) + seconds(usage.ru_stime)};
  }
  Spent operator-(const Spent& other) const {
    return {seconds - other.seconds, cpu - other.cpu};
  }
};

// A median, for a disturbed turn says nothing, and its standard
// error, by ranks.
class Median {
 public:
  void Add(double value) { values_.push_back(value); }
  double median() const { return AtRank(0); }
  double standard_error() const {
    const double rank = std::sqrt(static_cast<double>(values_.size())) / 2;
    return (AtRank(rank) - AtRank(-rank)) / 2;
  }

 private:
  // So many ranks above the middle one.
  double AtRank(double above) const {
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const double last = static_cast<double>(sorted.size()) - 1;
    const double rank = std::clamp(last / 2 + above, 0.0, last);
    return sorted[static_cast<size_t>(std::lround(rank))];
  }

  std::vector<double> values_;
};

constexpr int kPairs = 201;
constexpr double kTurnSeconds = 0.06;

void AskInTurns(benchmark::State& state,
                const std::shared_ptr<const Engine>& engine) {
  Asked counting(engine, state.range(2) != 0);
  Asked silent(engine, false);
  const v1::PredictRequest request = Request(state.range(0));
  const int64_t at_once = state.range(1);
  const auto turn = [&](Asked& asked, int64_t requests) {
    const Spent begin = Spent::Now();
    asked.Ask(request, requests, at_once);
    return Spent::Now() - begin;
  };
  // The first turns warm up, and say how many requests a turn needs.
  int64_t requests = 8 * at_once;
  for (Asked* const asked : {&counting, &silent, &counting, &silent}) {
    const double seconds = turn(*asked, requests).seconds;
    requests =
        std::max(at_once, static_cast<int64_t>(static_cast<double>(requests) *
                                               kTurnSeconds / seconds));
  }
  Median rate;
  Median cpu;
  Median added;  // microseconds of a request
  double silent_seconds = 0;
  bool counting_first = false;
  for (auto _ : state) {
    counting_first = !counting_first;
    Spent on;
    if (counting_first) on = turn(counting, requests);
    const Spent off = turn(silent, requests);
    if (!counting_first) on = turn(counting, requests);
    rate.Add(off.seconds / on.seconds);
    cpu.Add(on.cpu / off.cpu);
    silent_seconds += off.seconds;
    added.Add(1e6 * (on.cpu - off.cpu) / static_cast<double>(requests));
  }
  const auto asked = static_cast<double>(requests * state.iterations());
  state.counters["requests/s"] = asked / silent_seconds;
  state.counters["rate"] = rate.median();
  state.counters["rate_error"] = rate.standard_error();
  state.counters["cpu"] = cpu.median();
  state.counters["cpu_error"] = cpu.standard_error();
  state.counters["added_us"] = added.median();
}

// The worst case: the engine takes no time.
void CountWithoutAModel(benchmark::State& state) {
  AskInTurns(state, std::make_shared<NullEngine>(DigitsManifest()));
}

// The paper's network, untrained; loaded once, for that sets up the process.
const std::shared_ptr<const Engine>& PaperEngine() {
  static const auto loader = TorchEngineLoader::Open({}).value();
  static const std::shared_ptr<const Engine> engine = [] {
    std::string folder =
        std::filesystem::temp_directory_path() / "metrics-bench-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    const std::string path = folder + "/model.pt";
    bench::WritePaperModel(path);
    std::shared_ptr<const Engine> loaded = loader->Load(path, false).value();
    std::filesystem::remove_all(folder);
    return loaded;
  }();
  return engine;
}

void CountWithAModel(benchmark::State& state) {
  AskInTurns(state, PaperEngine());
}

// Without counting, as the last argument says, the two servers are the same:
// what is found then is the error of the method.
void Shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "clients", "counts"})
      ->ArgsProduct({{1}, {16}, {0, 1}})
      ->ArgsProduct({{32}, {4}, {1}})
      ->Iterations(kPairs)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}
BENCHMARK(CountWithAModel)->Apply(Shapes);
BENCHMARK(CountWithoutAModel)->Apply(Shapes);

}  // namespace
}  // namespace hypergan::server

BENCHMARK_MAIN();
