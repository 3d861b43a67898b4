#include "server/rpc/v1/predict_message.h"

#include <utility>

#include "base/status_macros.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/v1/predictive_codec.h"
#include "server/rpc/v1/tensor_codec.h"

namespace hypergan::server {

absl::StatusOr<std::unique_ptr<PredictionMessage>> PredictMessage::Of(
    const grpc::ByteBuffer& bytes) {
  HG_ASSIGN_OR_RETURN(auto request, FromBytes<v1::PredictRequest>(bytes));
  return std::make_unique<PredictMessage>(std::move(request));
}

PredictMessage::PredictMessage(v1::PredictRequest request)
    : request_(std::move(request)) {}

const std::string& PredictMessage::model_name() const {
  return request_.model_name();
}

const std::string& PredictMessage::model_version() const {
  return request_.model_version();
}

int64_t PredictMessage::bytes() const {
  return static_cast<int64_t>(request_.SpaceUsedLong());
}

absl::StatusOr<Query> PredictMessage::Read(const ServedModel& /*model*/) {
  HG_ASSIGN_OR_RETURN(wanted_, DecodeWantedOutputs(request_));
  Query query;
  query.claim = {request_.inputs().shape(), request_.num_networks(),
                 request_.include_network_outputs()};
  if (request_.has_target_standard_error()) {
    query.claim.target_standard_error = request_.target_standard_error();
  }
  if (request_.has_max_networks()) {
    query.claim.max_networks = request_.max_networks();
  }
  if (request_.has_seed()) query.seed = request_.seed();
  query.allow_partial = request_.allow_partial();
  if (request_.has_coverage()) query.claim.coverage = request_.coverage();
  return query;
}

absl::StatusOr<std::vector<float>> PredictMessage::Inputs(int64_t count) {
  return DecodeTensor(request_.inputs(), count);
}

absl::StatusOr<grpc::ByteBuffer> PredictMessage::Encode(
    const ServedModel& model, const Reply& reply) {
  v1::PredictResponse response;
  EncodeResponse(model, reply.answer, wanted_, &response);
  if (wanted_.variance) {
    EncodeNoise(model.engine->manifest(), reply.answer, &response);
  }
  if (request_.has_coverage()) {
    HG_RETURN_IF_ERROR(EncodeCoverage(model.engine->manifest(), reply.answer,
                                      request_.coverage(), &response));
  }
  response.mutable_warnings()->Assign(reply.warnings.begin(),
                                      reply.warnings.end());
  if (reply.is_last) EncodeStopReason(reply.answer, &response);
  if (!request_.inputs().values().empty()) TurnRawIntoValues(&response);
  return ToBytes(response);
}

}  // namespace hypergan::server
