#include "server/rpc/question.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/rpc/access.h"
#include "server/rpc/status.h"
#include "server/serving/admission/input_range.h"
#include "server/serving/admission/refusal.h"
#include "server/serving/admission/retry_hint.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {
namespace {

constexpr char kFarRows[] =
    "inputs: expected rows like the training rows, got others";

// What the log has of an error: no number of an input, which its client alone
// is told.
std::string LoggedMessage(const absl::Status& status) {
  if (IsRefusal(status) && RefusalOf(status) == Refusal::kOutOfRange) {
    return kFarRows;
  }
  return std::string(status.message());
}

}  // namespace

Question::Question(const ServiceParts& parts, const Arrival& arrival,
                   const CallTrace& trace,
                   std::unique_ptr<PredictionMessage> message, int answers)
    : parts_(parts),
      arrival_(arrival),
      trace_(trace),
      message_(std::move(message)),
      answers_(answers),
      begin_(parts_.clock.Now()) {}

absl::StatusOr<Job> Question::Read(OpenCalls::Call& open) {
  HG_ASSIGN_OR_RETURN(table_, parts_.models.Get());
  HG_ASSIGN_OR_RETURN(model_,
                      FindFor(arrival_.caller, *table_, message_->model_name(),
                              message_->model_version()));
  HG_RETURN_IF_ERROR(Decode());

  Job job;
  job.engine = model_->engine;
  job.metrics = model_->metrics;
  job.inputs = inputs_;
  job.rows = size_.rows;
  job.num_networks = size_.num_networks;
  job.seed = query_.seed;
  job.network_outputs = query_.claim.network_outputs;
  job.target = size_.target;
  job.allow_partial = query_.allow_partial;
  job.client = arrival_.caller.key;
  // As it lies in memory, which fields that nobody knows make many times as
  // large as it was on the wire.
  job.bytes =
      message_->bytes() + static_cast<int64_t>(inputs_.size() * sizeof(float));
  job.deadline =
      std::min(ClientDeadline(), begin_ + parts_.limits.max_request_time);
  job.cancelled = [this] { return arrival_.context.IsCancelled(); };
  HG_RETURN_IF_ERROR(open.Admit(job.bytes + answers_ * size_.response_bytes));
  return job;
}

// On our clock: gRPC tells it in the time of day, to the second up to the year
// 292 277 026 596, of which a time_point of nanoseconds holds none after 2262.
absl::Time Question::ClientDeadline() const {
  const gpr_timespec deadline = gpr_convert_clock_type(
      arrival_.context.raw_deadline(), GPR_CLOCK_REALTIME);
  const absl::Time time = absl::FromUnixSeconds(deadline.tv_sec) +
                          absl::Nanoseconds(deadline.tv_nsec);
  return parts_.clock.Now() + (time - absl::Now());
}

absl::Status Question::Decode() {
  HG_ASSIGN_OR_RETURN(query_, message_->Read(*model_));
  HG_ASSIGN_OR_RETURN(
      size_,
      CheckQuery(query_.claim, model_->engine->manifest(), parts_.limits));
  auto inputs = message_->Inputs(size_.values);
  if (!inputs.ok()) return Refuse(Refusal::kShape, inputs.status());
  inputs_ = *std::move(inputs);
  HG_RETURN_IF_ERROR(CheckFinite(inputs_));
  return CheckRange();
}

absl::Status Question::CheckRange() {
  const Manifest& manifest = model_->engine->manifest();
  const FarRows far = FindFarRows(inputs_, size_.rows, manifest);
  if (far.count == 0) return absl::OkStatus();
  if (model_->metrics != nullptr) model_->metrics->ObserveFarRows(far.count);
  const std::string text = FarRowsText(far, size_.rows, manifest);
  if (parts_.input_range == InputRangePolicy::kRefuse) {
    return Refuse(Refusal::kOutOfRange,
                  Named(kFarRows, absl::InvalidArgumentError(text)));
  }
  warnings_.push_back(text);
  return absl::OkStatus();
}

absl::StatusOr<grpc::ByteBuffer> Question::Encode(const Answer& answer,
                                                  bool last) {
  HG_RETURN_IF_ERROR(CheckPrediction(
      answer.prediction, size_.rows, answer.num_networks,
      query_.claim.network_outputs, model_->engine->manifest()));
  seed_ = answer.seed;
  num_networks_ = answer.num_networks;
  queued_ = answer.queued;
  drawing_ = answer.drawing;
  asking_ = answer.asking;
  HG_ASSIGN_OR_RETURN(grpc::ByteBuffer bytes,
                      message_->Encode(*model_, {answer, warnings_, last}));
  if (last) {
    if (model_->metrics != nullptr) model_->metrics->ObserveAnswer(answer);
    NoteFlagged(answer);
  }
  return bytes;
}

void Question::NoteFlagged(const Answer& answer) const {
  if (parts_.flagged == nullptr) return;
  FlaggedRequest flagged{.time = absl::Now(),
                         .model = model_->name,
                         .version = model_->version,
                         .id = trace_.id(),
                         .rows = size_.rows};
  for (const RowScores& row : answer.prediction.scores) {
    if (!row.is_ood.value_or(false)) continue;
    ++flagged.flagged_rows;
    flagged.highest_score = std::max(flagged.highest_score, row.ood_score);
  }
  if (flagged.flagged_rows == 0) return;
  if (parts_.capture != nullptr) {
    parts_.capture->Offer([&] { return FlaggedRowsOf(flagged, answer); });
  }
  parts_.flagged->Note(std::move(flagged));
}

FlaggedRows Question::FlaggedRowsOf(const FlaggedRequest& request,
                                    const Answer& answer) const {
  FlaggedRows flagged{.request = request,
                      .seed = answer.seed,
                      .num_networks = answer.num_networks,
                      .row_shape = model_->engine->manifest().input_shape};
  const std::vector<RowScores>& scores = answer.prediction.scores;
  const size_t row_size = inputs_.size() / scores.size();
  for (size_t row = 0; row < scores.size(); ++row) {
    if (!scores[row].is_ood.value_or(false)) continue;
    const float* const first = inputs_.data() + row * row_size;
    flagged.indices.push_back(static_cast<int64_t>(row));
    flagged.values.insert(flagged.values.end(), first, first + row_size);
    flagged.scores.push_back(scores[row]);
  }
  return flagged;
}

grpc::Status Question::End(const absl::Status& status) noexcept {
  // The client is answered even where there is no memory to note it.
  GuardExceptions([&] {
    Note(status);
    return absl::OkStatus();
  }).IgnoreError();
  // The answer may wait long for the client.
  message_.reset();
  inputs_ = std::vector<float>();
  return ToGrpcStatus(status);
}

void Question::Note(const absl::Status& status) {
  const absl::Duration duration = parts_.clock.Now() - begin_;
  const auto code =
      static_cast<absl::StatusCode>(ToGrpcStatus(status).error_code());
  ModelMetrics* const metrics =
      model_ != nullptr ? model_->metrics : &parts_.metrics.unknown_model();
  if (metrics != nullptr) {
    metrics->ObserveRequest(code, duration);
    if (IsRefusal(status)) metrics->CountRefusal(RefusalOf(status));
  }
  if (const auto pause = RetryHint(status)) {
    // gRPC's own name for it.
    arrival_.context.AddTrailingMetadata(
        "grpc-retry-pushback-ms",
        absl::StrCat(absl::ToInt64Milliseconds(*pause)));
  }
  Log(status, code, duration);
}

void Question::Log(const absl::Status& status, absl::StatusCode code,
                   absl::Duration duration) const {
  if (!parts_.log.Wants(code)) return;
  const std::string peer = arrival_.context.peer();
  std::vector<Field> fields = {{"model", message_->model_name()}};
  // The one that answers; the name is then one of ours.
  if (model_ != nullptr) {
    fields.push_back({"version", model_->version});
  } else {
    fields.push_back({"version", message_->model_version()});
  }
  fields.push_back({"peer", peer});
  if (!arrival_.caller.name.empty()) {
    fields.push_back({"client", arrival_.caller.name});
  }
  trace_.AddTo(fields);
  fields.push_back({"rows", size_.rows});
  fields.push_back({"networks", num_networks_});
  if (seed_) fields.push_back({"seed", *seed_});
  const auto add_time = [&fields](std::string_view name, absl::Duration time) {
    fields.push_back({name, absl::ToDoubleMilliseconds(time)});
  };
  add_time("queue_ms", queued_);
  add_time("sampling_ms", drawing_);
  add_time("prediction_ms", asking_);
  add_time("total_ms", duration);
  const std::string message = LoggedMessage(status);
  if (!status.ok()) fields.push_back({"message", message});
  parts_.log.Add(arrival_.method, code, fields);
}

}  // namespace hypergan::server
