#include "client/client.h"

#include <grpcpp/client_context.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "client/async_predict.h"
#include "client/connection/channel.h"
#include "client/connection/connection.h"
#include "client/requests.h"
#include "client/sent_request.h"
#include "client/wire.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "hypergan/v1/ensemble.grpc.pb.h"

namespace hypergan::client {
namespace {

namespace health = grpc::health::v1;

// The errors of these requests that end the prediction.
absl::Status TakeOrCut(Requests& requests, const Piece& piece,
                       const Connection::Ended& ended,
                       const v1::PredictResponse& response,
                       const Client::OnProgress& on_progress) {
  if (ended.status.ok()) {
    HG_RETURN_IF_ERROR(requests.Take(piece, response));
    if (on_progress) on_progress(requests.answered());
    return absl::OkStatus();
  }
  if (!ended.pushback && requests.MakeSmaller(piece, ended.status)) {
    return absl::OkStatus();
  }
  return ended.status;
}

// The first request is alone, on this thread; the others are under way
// together, and taken in the order in which they were sent.
absl::Status AskAll(Connection& connection, Requests& requests,
                    const Client::OnProgress& on_progress) {
  while (requests.answered() == 0) {
    const Piece piece = *requests.Next();
    v1::PredictResponse response;
    const Connection::Ended ended = connection.Call(
        connection.ensemble, &v1::EnsembleService::Stub::Predict,
        requests.RequestOf(piece), response);
    HG_RETURN_IF_ERROR(
        TakeOrCut(requests, piece, ended, response, on_progress));
  }
  std::deque<std::unique_ptr<SentRequest>> sent;
  while (!requests.done()) {
    while (const std::optional<Piece> piece = requests.Next()) {
      sent.push_back(std::make_unique<SentRequest>(connection, *piece,
                                                   requests.RequestOf(*piece)));
    }
    const std::unique_ptr<SentRequest> first = std::move(sent.front());
    sent.pop_front();
    HG_RETURN_IF_ERROR(TakeOrCut(requests, first->piece(), first->Wait(),
                                 first->response(), on_progress));
  }
  return absl::OkStatus();
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

absl::StatusOr<Client> Client::Connect(const std::string& target,
                                       const ClientOptions& options) {
  HG_ASSIGN_OR_RETURN(const auto channel, MakeChannel(target, options));
  HG_ASSIGN_OR_RETURN(const auto plain, MakeChannel(target, options,
                                                    /*health_checks=*/false));
  return Client(std::make_unique<Connection>(channel, plain, options));
}

Client::Client(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

absl::StatusOr<Prediction> Client::Predict(
    const Query& query, const OnProgress& on_progress) const {
  HG_RETURN_IF_ERROR(CheckInputs(query));
  std::optional<Model> known =
      connection_->known.Find(query.model, query.model_version);
  if (MayBeCut(query) && !known) {
    HG_ASSIGN_OR_RETURN(known, GetModel(query.model, query.model_version));
  }
  Requests requests(query, known);
  const absl::Status status = AskAll(*connection_, requests, on_progress);
  if (status.ok()) return requests.Result();
  connection_->known.Forget(query.model, query.model_version);
  return status;
}

std::function<void()> Client::PredictAsync(Query query,
                                           OnPrediction done) const {
  const auto call = std::make_shared<AsyncPredict>(
      *connection_, std::move(query), std::move(done));
  call->Start();
  return [ended = std::weak_ptr(call)] {
    if (const auto running = ended.lock()) running->Cancel();
  };
}

absl::StatusOr<Prediction> Client::PredictStream(
    const Query& query, const OnAnswer& on_answer) const {
  HG_RETURN_IF_ERROR(CheckInputs(query));
  const int64_t rows = query.input_shape.front();
  grpc::ClientContext context;
  HG_RETURN_IF_ERROR(
      SetUp(context, connection_->options, connection_->options.deadline));
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
  v1::ListModelsResponse response;
  HG_RETURN_IF_ERROR(connection_
                         ->Call(connection_->ensemble,
                                &v1::EnsembleService::Stub::ListModels,
                                v1::ListModelsRequest(), response)
                         .status);
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
  v1::Model response;
  HG_RETURN_IF_ERROR(connection_
                         ->Call(connection_->ensemble,
                                &v1::EnsembleService::Stub::GetModel, request,
                                response)
                         .status);
  Model model = client::FromMessage(response);
  connection_->known.Keep(name, version, model);
  connection_->known.Keep(name, model.version, model);
  return model;
}

absl::StatusOr<Health> Client::CheckHealth(const std::string& service) const {
  health::HealthCheckRequest request;
  request.set_service(service);
  health::HealthCheckResponse response;
  const absl::Status status =
      connection_
          ->Call(connection_->health, &health::Health::Stub::Check, request,
                 response)
          .status;
  // How the protocol says that it does not know a service.
  if (absl::IsNotFound(status)) return Health::kServiceUnknown;
  HG_RETURN_IF_ERROR(status);
  return FromMessage(response.status());
}

}  // namespace hypergan::client
