// What a request costs besides its arithmetic, part one: reading the message,
// checking it, writing the answer and counting it, by the number of rows.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/null_engine.h"
#include "hypergan/v1/ensemble.pb.h"
#include "prometheus/registry.h"
#include "server/rpc/v1/prediction_codec.h"
#include "server/rpc/v1/tensor_codec.h"
#include "server/serving/admission/query_check.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {
namespace {

std::string RequestBytes(int64_t rows) {
  v1::PredictRequest request;
  request.set_model_name("mnist");
  // A gradient: neither zeros nor rubbish.
  std::vector<float> values(static_cast<size_t>(rows) * 784);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i % 256) / 255;
  }
  EncodeTensor({rows, 1, 28, 28}, values, request.mutable_inputs());
  return request.SerializeAsString();
}

void ReadRequest(benchmark::State& state) {
  const std::string bytes = RequestBytes(state.range(0));
  const Manifest manifest = DigitsManifest();
  const Limits limits;
  for (auto _ : state) {
    v1::PredictRequest request;
    bool good = request.ParseFromString(bytes);
    const QueryClaim claim{request.inputs().shape(), request.num_networks(),
                           false};
    const auto size = CheckQuery(claim, manifest, limits);
    const auto values = DecodeTensor(request.inputs(), size->values);
    good = good && CheckFinite(*values).ok();
    benchmark::DoNotOptimize(good);
  }
}
BENCHMARK(ReadRequest)
    ->Arg(1)
    ->Arg(32)
    ->Arg(1024)
    ->Unit(benchmark::kMicrosecond);

void WriteAnswer(benchmark::State& state) {
  ServedModel model;
  model.name = "mnist";
  model.version = 1;
  model.engine = std::make_shared<NullEngine>(DigitsManifest());
  Answer answer;
  answer.prediction = NullEngine::Prediction(state.range(0), 10);
  answer.num_networks = 100;
  answer.seed = 1;
  const WantedOutputs all{true, true, true, true};
  for (auto _ : state) {
    v1::PredictResponse response;
    EncodeResponse(model, answer, all, &response);
    benchmark::DoNotOptimize(response.SerializeAsString());
  }
}
BENCHMARK(WriteAnswer)
    ->Arg(1)
    ->Arg(32)
    ->Arg(1024)
    ->Unit(benchmark::kMicrosecond);

void CountAnswer(benchmark::State& state) {
  prometheus::Registry registry;
  Metrics metrics(registry);
  ModelMetrics& model = metrics.AddModel("mnist", 1, {.classes = 10});
  Answer answer;
  answer.prediction = NullEngine::Prediction(state.range(0), 10);
  for (auto _ : state) {
    model.ObserveAnswer(answer);
    model.ObserveBatch(1, 100, state.range(0));
    model.ObserveRequest(absl::StatusCode::kOk, absl::Milliseconds(3));
    metrics.SetQueue(1, 3136, 100);
  }
}
BENCHMARK(CountAnswer)
    ->Arg(1)
    ->Arg(32)
    ->Arg(1024)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hypergan::server

BENCHMARK_MAIN();
