#include "client/load/ensemble_target.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/cli/ask.h"
#include "client/connection/channel.h"
#include "client/wire.h"
#include "hypergan/v1/ensemble.grpc.pb.h"

namespace hypergan::load {
namespace {

using Stub = v1::EnsembleService::Stub;

class PredictCall final : public Call {
 public:
  PredictCall(Stub& stub, v1::PredictRequest request,
              const client::ClientOptions& options)
      : stub_(stub), request_(std::move(request)), options_(options) {}

  void Send(std::function<void()> done) override {
    {
      // Not for want of order, which gRPC sees to: the thread sanitizer does
      // not know gRPC's locks, but this one.
      std::lock_guard lock(mutex_);
      ready_ = client::SetUp(context_, options_, options_.deadline);
      if (ready_.ok()) done_.swap(done);
    }
    if (done != nullptr)
      return done();  // as without its token, if that is gone
    stub_.async()->Predict(&context_, &request_, &response_,
                           [this](grpc::Status status) {
                             std::function<void()> last;
                             {
                               std::lock_guard lock(mutex_);
                               status_ = std::move(status);
                               last = std::move(done_);
                             }
                             last();  // this may be gone from here on
                           });
  }

  void Cancel() override { context_.TryCancel(); }

  Reply Check() override {
    Reply reply;
    reply.status = ready_.ok() ? client::ToAbslStatus(status_) : ready_;
    if (!reply.status.ok()) return reply;
    reply.rows = request_.inputs().shape(0);
    const absl::StatusOr<client::Prediction> prediction =
        client::FromResponse(response_, reply.rows);
    if (!prediction.ok()) {
      reply.status = prediction.status();
      return reply;
    }
    reply.networks = prediction->num_networks;
    reply.queue = prediction->queue;
    reply.sampling = prediction->sampling;
    reply.prediction = prediction->prediction;
    return reply;
  }

 private:
  Stub& stub_;
  const v1::PredictRequest request_;
  const client::ClientOptions& options_;
  std::mutex mutex_;
  absl::Status ready_;
  std::function<void()> done_;
  grpc::Status status_;
  v1::PredictResponse response_;
  grpc::ClientContext context_;
};

class EnsembleTarget final : public Target {
 public:
  EnsembleTarget(std::vector<std::unique_ptr<Stub>> stubs,
                 client::ClientOptions options, const client::Model& model,
                 const data::Dataset& dataset, const EnsembleQuestion& question)
      : stubs_(std::move(stubs)),
        options_(std::move(options)),
        query_{.model = model.name,
               .model_version = model.version,
               .input_shape = model.manifest.input_shape,
               .num_networks = question.networks},
        dataset_(dataset),
        question_(question) {
    query_.input_shape.insert(query_.input_shape.begin(), question.rows);
  }

  std::unique_ptr<Call> Prepare(int64_t index) override {
    query_.inputs.clear();
    const int64_t first = FirstRow(index, question_.rows, dataset_.rows);
    for (int64_t i = 0; i < question_.rows; ++i) {
      const std::vector<float> row = dataset_.Row((first + i) % dataset_.rows);
      query_.inputs.insert(query_.inputs.end(), row.begin(), row.end());
    }
    if (question_.seed.has_value()) {
      query_.seed =
          *question_.seed + static_cast<uint64_t>(index % question_.seeds);
    }
    return std::make_unique<PredictCall>(*stubs_[index % stubs_.size()],
                                         client::ToRequest(query_), options_);
  }

 private:
  const std::vector<std::unique_ptr<Stub>> stubs_;  // one a connection
  const client::ClientOptions options_;
  client::Query query_;
  const data::Dataset& dataset_;
  const EnsembleQuestion question_;
};

absl::Status Check(const client::ClientOptions& options, int64_t connections,
                   const client::Model& model, const data::Dataset& dataset,
                   const EnsembleQuestion& question) {
  if (connections < 1 || connections > kMaxConnections) {
    return absl::InvalidArgumentError(absl::StrCat(
        "connections: expected 1 to ", kMaxConnections, ", got ", connections));
  }
  HG_RETURN_IF_ERROR(client::CheckRows(dataset, model));
  // A request never holds a row twice, and stays within a message.
  const int64_t most =
      std::min(dataset.rows, options.max_send_bytes / 4 /
                                 std::max<int64_t>(1, dataset.RowSize()));
  if (question.rows < 1 || question.rows > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("rows: expected 1 to ", most,
                     " a request, as many as the inputs and a message hold, "
                     "got ",
                     question.rows));
  }
  if (question.seeds < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("seeds: expected at least 1, got ", question.seeds));
  }
  return absl::OkStatus();
}

}  // namespace

int64_t FirstRow(int64_t index, int64_t rows, int64_t total) {
  // A stride without a common divisor with `total` meets every row.
  int64_t stride = rows;
  while (std::gcd(stride, total) != 1) ++stride;
  return index % total * (stride % total) % total;
}

absl::StatusOr<std::unique_ptr<Target>> MakeEnsembleTarget(
    const std::string& server, const client::ClientOptions& options,
    int64_t connections, const client::Model& model,
    const data::Dataset& dataset, const EnsembleQuestion& question) {
  HG_RETURN_IF_ERROR(Check(options, connections, model, dataset, question));
  client::ClientOptions own = options;
  own.own_connection = true;
  own.retry.max_attempts = 1;  // what fails is counted, not repeated
  std::vector<std::unique_ptr<Stub>> stubs;
  for (int64_t i = 0; i < connections; ++i) {
    HG_ASSIGN_OR_RETURN(const auto channel, client::MakeChannel(server, own));
    stubs.push_back(v1::EnsembleService::NewStub(channel));
  }
  return std::make_unique<EnsembleTarget>(std::move(stubs), own, model, dataset,
                                          question);
}

}  // namespace hypergan::load
