#include "server/rpc/predict_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hypergan/status_macros.h"
#include "server/rpc/exception_guard.h"
#include "server/rpc/status.h"
#include "server/rpc/tensor_codec.h"
#include "server/serving/query_check.h"
#include "server/serving/quoted.h"

namespace hypergan::server {

PredictCall::PredictCall(const EnsembleService::Parts& parts, SeedSource& seeds,
                         grpc::CallbackServerContext* context,
                         const v1::PredictRequest* request,
                         v1::PredictResponse* response)
    : parts_(parts),
      seeds_(seeds),
      context_(context),
      request_(*request),
      response_(*response),
      arrival_(parts.clock.Now()) {}

void PredictCall::Start(
    absl::StatusOr<std::shared_ptr<const ModelTable>> table) {
  // Once the executor has the call it may be answered, and gone, at any moment.
  const absl::Status status =
      GuardExceptions([&] { return Enqueue(std::move(table)); });
  if (!status.ok()) FinishWith(status);
}

absl::Status PredictCall::Enqueue(
    absl::StatusOr<std::shared_ptr<const ModelTable>> table) {
  HG_ASSIGN_OR_RETURN(table_, std::move(table));
  HG_ASSIGN_OR_RETURN(
      model_, table_->Find(request_.model_name(), request_.model_version()));
  HG_RETURN_IF_ERROR(Decode());

  Job job;
  job.bytes = static_cast<int64_t>(request_.ByteSizeLong() +
                                   inputs_.size() * sizeof(float));
  job.deadline = Deadline();
  job.cancelled = [this] { return context_->IsCancelled(); };
  job.drop = [this](const absl::Status& why) { FinishWith(why); };
  job.run = [this](const Interrupt& interrupt, absl::Duration queued) {
    FinishWith(GuardExceptions([&] { return Answer(interrupt, queued); }));
  };
  return parts_.executor.Submit(std::move(job));
}

absl::Status PredictCall::Decode() {
  HG_ASSIGN_OR_RETURN(wanted_, DecodeWantedOutputs(request_));
  const QueryClaim claim{request_.inputs().shape(), request_.num_networks(),
                         request_.include_network_outputs()};
  HG_ASSIGN_OR_RETURN(
      const QuerySize size,
      CheckQuery(claim, model_->engine->manifest(), parts_.limits));
  HG_ASSIGN_OR_RETURN(inputs_, DecodeTensor(request_.inputs(), size.values));
  HG_RETURN_IF_ERROR(CheckFinite(inputs_));
  query_.inputs = inputs_;
  query_.rows = size.rows;
  query_.num_networks = size.num_networks;
  query_.seed = request_.has_seed() ? request_.seed() : seeds_.Next();
  query_.network_outputs = request_.include_network_outputs();
  return absl::OkStatus();
}

absl::Time PredictCall::Deadline() const {
  return std::min(absl::FromChrono(context_->deadline()),
                  arrival_ + parts_.limits.max_request_time);
}

absl::Status PredictCall::Answer(const Interrupt& interrupt,
                                 absl::Duration queued) {
  model_->metrics->ObserveQueue(queued);
  HG_ASSIGN_OR_RETURN(const EnsemblePrediction prediction,
                      model_->engine->Predict(query_, interrupt));
  HG_RETURN_IF_ERROR(
      CheckPrediction(prediction, query_, model_->engine->manifest()));
  model_->metrics->ObservePrediction(prediction, query_.num_networks);
  EncodeResponse(*model_, query_, prediction, wanted_, queued, &response_);
  return absl::OkStatus();
}

void PredictCall::FinishWith(const absl::Status& status) {
  const absl::Duration duration = parts_.clock.Now() - arrival_;
  const grpc::Status answer = ToGrpcStatus(status);
  ModelMetrics& metrics =
      model_ != nullptr ? *model_->metrics : parts_.metrics.unknown_model();
  metrics.ObserveRequest(static_cast<absl::StatusCode>(answer.error_code()),
                         duration);
  LogAnswer(status, duration);
  Finish(answer);
}

void PredictCall::LogAnswer(const absl::Status& status,
                            absl::Duration duration) const {
  // What the client is not told must be found here.
  const bool hidden =
      ToGrpcStatus(status).error_code() == grpc::StatusCode::INTERNAL;
  if (!parts_.log_requests && !hidden) return;
  parts_.log(absl::StrCat(
      "predict model ", Quoted(request_.model_name()), " version ",
      Quoted(request_.model_version()), " peer ", Quoted(context_->peer()),
      " rows ", query_.rows, " networks ", query_.num_networks, " seed ",
      query_.seed, ": ", absl::StatusCodeToString(status.code()), " in ",
      absl::FormatDuration(duration), status.ok() ? "" : " ",
      status.ok() ? "" : Quoted(std::string(status.message()), 512)));
}

}  // namespace hypergan::server
