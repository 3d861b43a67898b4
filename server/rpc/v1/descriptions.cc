#include "server/rpc/v1/descriptions.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/v1/manifest_codec.h"

namespace hypergan::server {

absl::StatusOr<Descriptions> Descriptions::Of(const ModelTable& table,
                                              const Limits& limits) {
  Descriptions descriptions;
  descriptions.max_bytes_ = limits.max_response_bytes;
  v1::ListModelsResponse list;
  for (const ServedModel* model : table.All()) {
    v1::Model& message = *list.add_models();
    EncodeModel(*model, limits, &message);
    HG_ASSIGN_OR_RETURN(descriptions.models_[model], ToBytes(message));
  }
  for (const FailedModel& failure : table.failures()) {
    v1::ModelFailure& message = *list.add_failures();
    message.set_name(failure.name);
    if (failure.version > 0) {
      message.set_version(absl::StrCat(failure.version));
    }
    message.set_reason(failure.reason);
  }
  HG_ASSIGN_OR_RETURN(descriptions.list_, ToBytes(list));
  return descriptions;
}

absl::StatusOr<grpc::ByteBuffer> Descriptions::List() const {
  return Bounded(list_);
}

absl::StatusOr<grpc::ByteBuffer> Descriptions::Model(
    const ServedModel& model) const {
  return Bounded(models_.at(&model));
}

absl::StatusOr<grpc::ByteBuffer> Descriptions::Bounded(
    const grpc::ByteBuffer& bytes) const {
  HG_RETURN_IF_ERROR(CheckResponseBytes(bytes, max_bytes_));
  return bytes;
}

}  // namespace hypergan::server
