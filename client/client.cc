#include "client/client.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/channel.h"
#include "client/retry.h"
#include "client/wire.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "hypergan/v1/ensemble.grpc.pb.h"

namespace hypergan::client {
namespace {

namespace health = grpc::health::v1;

// Above any number of inputs that fits a message.
constexpr int64_t kMaxInputs = int64_t{1} << 40;

absl::Status CheckInputs(const Query& query) {
  int64_t expected = query.input_shape.empty() ? 0 : 1;
  for (int64_t dimension : query.input_shape) {
    if (dimension < 1 || dimension > kMaxInputs / expected) {
      expected = 0;
      break;
    }
    expected *= dimension;
  }
  const int64_t got = static_cast<int64_t>(query.inputs.size());
  if (expected > 0 && expected == got) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("inputs: expected as many numbers as the shape [",
                   absl::StrJoin(query.input_shape, ", "),
                   "] holds, at least one, got ", got));
}

std::optional<absl::Duration> PushbackOf(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto place = metadata.find("grpc-retry-pushback-ms");
  if (place == metadata.end()) return std::nullopt;
  return ParsePushback({place->second.data(), place->second.size()});
}

Health FromMessage(health::HealthCheckResponse::ServingStatus status) {
  switch (status) {
    case health::HealthCheckResponse::SERVING:
      return Health::kServing;
    case health::HealthCheckResponse::NOT_SERVING:
      return Health::kNotServing;
    case health::HealthCheckResponse::SERVICE_UNKNOWN:
      return Health::kServiceUnknown;
    default:
      return Health::kUnknown;
  }
}

}  // namespace

const char* HealthName(Health health) {
  switch (health) {
    case Health::kServing:
      return "SERVING";
    case Health::kNotServing:
      return "NOT_SERVING";
    case Health::kServiceUnknown:
      return "SERVICE_UNKNOWN";
    case Health::kUnknown:
      break;
  }
  return "UNKNOWN";
}

struct Client::Connection {
  Connection(const std::shared_ptr<grpc::Channel>& channel,
             const ClientOptions& opts)
      : options(opts), ensemble(channel), health(channel) {}

  // One unary call with its retries: `method` of `stub`.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(
      Stub& stub,
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request) {
    Response response;
    const absl::Time deadline = options.clock->Now() + options.deadline;
    HG_RETURN_IF_ERROR(Retry(
        options.retry, deadline, *options.clock, [&](absl::Duration left) {
          grpc::ClientContext context;
          context.set_deadline(DeadlineIn(left));
          Attempt attempt;
          attempt.status =
              ToAbslStatus((stub.*method)(&context, request, &response));
          attempt.pushback = PushbackOf(context);
          return attempt;
        }));
    return response;
  }

  const ClientOptions options;
  v1::EnsembleService::Stub ensemble;
  health::Health::Stub health;
};

absl::StatusOr<Client> Client::Connect(const std::string& target,
                                       const ClientOptions& options) {
  HG_ASSIGN_OR_RETURN(const auto channel, MakeChannel(target, options));
  return Client(std::make_unique<Connection>(channel, options));
}

Client::Client(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

absl::StatusOr<Prediction> Client::Predict(const Query& query) const {
  HG_RETURN_IF_ERROR(CheckInputs(query));
  HG_ASSIGN_OR_RETURN(
      const v1::PredictResponse response,
      connection_->Call(connection_->ensemble,
                        &v1::EnsembleService::Stub::Predict, ToRequest(query)));
  return FromResponse(response, query.input_shape.front());
}

absl::StatusOr<Prediction> Client::PredictStream(
    const Query& query, const OnAnswer& on_answer) const {
  HG_RETURN_IF_ERROR(CheckInputs(query));
  const int64_t rows = query.input_shape.front();
  grpc::ClientContext context;
  context.set_deadline(DeadlineIn(connection_->options.deadline));
  const auto reader =
      connection_->ensemble.PredictStream(&context, ToRequest(query));
  std::optional<Prediction> last;
  absl::Status status;  // of what has been read
  v1::PredictResponse response;
  while (status.ok() && reader->Read(&response)) {
    auto answer = FromResponse(response, rows);
    status = answer.status();
    if (answer.ok() && !on_answer(*answer)) {
      status = absl::CancelledError("on_answer ended the stream");
    }
    if (answer.ok()) last = *std::move(answer);
  }
  if (!status.ok()) context.TryCancel();
  const grpc::Status end = reader->Finish();
  HG_RETURN_IF_ERROR(status);
  HG_RETURN_IF_ERROR(ToAbslStatus(end));
  if (last && last->stop_reason != StopReason::kNotYet) return *std::move(last);
  return absl::InternalError("malformed answer: a stream without a last one");
}

absl::StatusOr<std::vector<Model>> Client::ListModels() const {
  HG_ASSIGN_OR_RETURN(const v1::ListModelsResponse response,
                      connection_->Call(connection_->ensemble,
                                        &v1::EnsembleService::Stub::ListModels,
                                        v1::ListModelsRequest()));
  std::vector<Model> models;
  for (const v1::Model& model : response.models()) {
    models.push_back(client::FromMessage(model));
  }
  return models;
}

absl::StatusOr<Model> Client::GetModel(const std::string& name,
                                       const std::string& version) const {
  v1::GetModelRequest request;
  request.set_model_name(name);
  request.set_model_version(version);
  HG_ASSIGN_OR_RETURN(
      const v1::Model model,
      connection_->Call(connection_->ensemble,
                        &v1::EnsembleService::Stub::GetModel, request));
  return client::FromMessage(model);
}

absl::StatusOr<Health> Client::CheckHealth(const std::string& service) const {
  health::HealthCheckRequest request;
  request.set_service(service);
  const absl::StatusOr<health::HealthCheckResponse> response =
      connection_->Call(connection_->health, &health::Health::Stub::Check,
                        request);
  // How the protocol says that it does not know a service.
  if (absl::IsNotFound(response.status())) return Health::kServiceUnknown;
  HG_RETURN_IF_ERROR(response.status());
  return FromMessage(response->status());
}

}  // namespace hypergan::client
