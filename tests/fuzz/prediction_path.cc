#include "tests/fuzz/prediction_path.h"

#include <optional>
#include <utility>

#include "server/rpc/calls/call_trace.h"
#include "server/rpc/question.h"
#include "server/rpc/status.h"
#include "server/serving/event.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

// Small enough for thousands of runs a second.
Limits SmallLimits() {
  Limits limits;
  limits.max_rows = 8;
  limits.max_networks = 32;
  return limits;
}

}  // namespace

PredictionPath::PredictionPath()
    : limits_(SmallLimits()),
      supply_({}, limits_, clock_, registry_),
      scheduler_(limits_, clock_, supply_, log_, {}),
      calls_(limits_, clock_),
      access_(nullptr, true, registry_),
      request_log_([](absl::Span<const Field> fields) { TextOf(fields); },
                   clock_, /*all=*/true),
      parts_{limits_, clock_,     access_,  request_log_,
             models_, scheduler_, metrics_, calls_} {
  auto table = std::make_shared<ModelTable>();
  Add(*table, "classifier", 1, ClassifierManifest());
  Add(*table, "classifier", 2, ClassifierManifest());
  Add(*table, "regression", 7, RegressionManifest());
  models_.Serve(table);
}

void PredictionPath::Add(ModelTable& table, const std::string& name,
                         int64_t version, const Manifest& manifest) {
  table.Add({name, version, std::make_shared<FakeEngine>(manifest),
             &metrics_.AddModel(name, version)});
}

absl::StatusOr<grpc::ByteBuffer> PredictionPath::Answer(
    absl::StatusOr<std::unique_ptr<PredictionMessage>> message) {
  if (!message.ok()) return message.status();
  static const std::string method = "/fuzz";
  grpc::CallbackServerContext context;
  const Arrival arrival{context, method, {}};
  CallTrace trace(context);
  trace.TakeMessageId((*message)->id());
  OpenCalls::Call call(calls_, CallKind::kPrediction, "",
                       [](const absl::Status&) {});
  call.Arrive((*message)->bytes());
  Question question(parts_, arrival, trace, *std::move(message), 1);
  absl::StatusOr<Job> job = question.Read(call);
  absl::StatusOr<grpc::ByteBuffer> answer = absl::UnknownError("no answer");
  if (!job.ok()) {
    answer = job.status();
  } else {
    bool is_done = false;
    job->cancelled = [] { return false; };
    job->done = [&](const absl::StatusOr<server::Answer>& prediction) {
      answer = prediction.ok() ? question.Encode(*prediction, /*last=*/true)
                               : prediction.status();
      is_done = true;
    };
    const absl::Status status = scheduler_.Submit(*std::move(job));
    if (!status.ok()) {
      answer = status;
      is_done = true;
    }
    while (!is_done) scheduler_.RunPiece();
  }
  const grpc::Status told = question.End(answer.status());
  fuzz::Expect(told.ok() == answer.ok());
  return answer;
}

bool IsForRequests(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

}  // namespace hypergan::server
