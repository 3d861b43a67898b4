#include "server/rpc/question.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hypergan/quoted.h"
#include "hypergan/status_macros.h"
#include "server/rpc/status.h"
#include "server/rpc/tensor_codec.h"

namespace hypergan::server {

Question::Question(const EnsembleService::Parts& parts, OpenCalls& calls,
                   grpc::CallbackServerContext& context,
                   const v1::PredictRequest& request)
    : parts_(parts),
      calls_(calls),
      context_(context),
      request_(request),
      arrival_(parts.clock.Now()) {}

absl::StatusOr<Job> Question::Read(
    absl::StatusOr<std::shared_ptr<const ModelTable>> table) {
  HG_ASSIGN_OR_RETURN(table_, std::move(table));
  open_.emplace(calls_);
  HG_ASSIGN_OR_RETURN(
      model_, table_->Find(request_.model_name(), request_.model_version()));
  HG_RETURN_IF_ERROR(Decode());

  Job job;
  job.engine = model_->engine;
  job.metrics = model_->metrics;
  job.inputs = inputs_;
  job.rows = size_.rows;
  job.num_networks = size_.num_networks;
  if (request_.has_seed()) job.seed = request_.seed();
  job.network_outputs = request_.include_network_outputs();
  job.target = size_.target;
  job.allow_partial = request_.allow_partial();
  // As it lies in memory, which fields that nobody knows make many times as
  // large as it was on the wire.
  job.bytes = static_cast<int64_t>(request_.SpaceUsedLong() +
                                   inputs_.size() * sizeof(float));
  job.deadline =
      std::min(ClientDeadline(), arrival_ + parts_.limits.max_request_time);
  job.cancelled = [this] { return context_.IsCancelled(); };
  return job;
}

// On our clock: gRPC tells it in the time of day.
absl::Time Question::ClientDeadline() const {
  return parts_.clock.Now() +
         (absl::FromChrono(context_.deadline()) - absl::Now());
}

absl::Status Question::Decode() {
  HG_ASSIGN_OR_RETURN(wanted_, DecodeWantedOutputs(request_));
  QueryClaim claim{request_.inputs().shape(), request_.num_networks(),
                   request_.include_network_outputs()};
  if (request_.has_target_standard_error()) {
    claim.target_standard_error = request_.target_standard_error();
  }
  if (request_.has_max_networks()) claim.max_networks = request_.max_networks();
  HG_ASSIGN_OR_RETURN(
      size_, CheckQuery(claim, model_->engine->manifest(), parts_.limits));
  HG_ASSIGN_OR_RETURN(inputs_, DecodeTensor(request_.inputs(), size_.values));
  return CheckFinite(inputs_);
}

absl::Status Question::Write(const Answer& answer, bool last,
                             v1::PredictResponse* response) {
  HG_RETURN_IF_ERROR(CheckPrediction(
      answer.prediction, size_.rows, answer.num_networks,
      request_.include_network_outputs(), model_->engine->manifest()));
  seed_ = answer.seed;
  num_networks_ = answer.num_networks;
  EncodeResponse(*model_, answer, wanted_, response);
  if (last) {
    EncodeStopReason(answer, response);
    model_->metrics->ObserveAnswer(answer);
  }
  return absl::OkStatus();
}

grpc::Status Question::End(const absl::Status& status) {
  const absl::Duration duration = parts_.clock.Now() - arrival_;
  grpc::Status answer = ToGrpcStatus(status);
  ModelMetrics& metrics =
      model_ != nullptr ? *model_->metrics : parts_.metrics.unknown_model();
  metrics.ObserveRequest(static_cast<absl::StatusCode>(answer.error_code()),
                         duration);
  Log(status, duration);
  return answer;
}

void Question::Log(const absl::Status& status, absl::Duration duration) const {
  // What the client is not told must be found here.
  const bool hidden =
      ToGrpcStatus(status).error_code() == grpc::StatusCode::INTERNAL;
  if (!parts_.log_requests && !hidden) return;
  parts_.log(absl::StrCat(
      "predict model ", Quoted(request_.model_name()), " version ",
      Quoted(request_.model_version()), " peer ", Quoted(context_.peer()),
      " rows ", size_.rows, " networks ", num_networks_, " seed ",
      seed_ ? absl::StrCat(*seed_) : "none", ": ",
      absl::StatusCodeToString(status.code()), " in ",
      absl::FormatDuration(duration), status.ok() ? "" : " ",
      status.ok() ? "" : Quoted(std::string(status.message()), 512)));
}

}  // namespace hypergan::server
