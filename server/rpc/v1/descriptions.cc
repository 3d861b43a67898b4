#include "server/rpc/v1/descriptions.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/v1/manifest_codec.h"

namespace hypergan::server {
namespace {

// What stands before one of ListModelsResponse.models, of so many bytes.
std::string ElementHead(size_t bytes) {
  constexpr auto kTag = static_cast<uint32_t>(
      v1::ListModelsResponse::kModelsFieldNumber << 3 | 2);
  std::string head;
  google::protobuf::io::StringOutputStream stream(&head);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteVarint32(kTag);
  coded.WriteVarint64(bytes);
  coded.Trim();
  return head;
}

}  // namespace

absl::StatusOr<Descriptions> Descriptions::Of(const ModelTable& table,
                                              const Limits& limits) {
  Descriptions descriptions;
  descriptions.max_bytes_ = limits.max_response_bytes;
  v1::ListModelsResponse list;
  for (const ServedModel* model : table.All()) {
    v1::Model& message = *list.add_models();
    EncodeModel(*model, limits, &message);
    HG_ASSIGN_OR_RETURN(descriptions.models_[model], ToBytes(message));
    descriptions.order_.push_back(model);
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

absl::StatusOr<grpc::ByteBuffer> Descriptions::List(
    const Caller& caller) const {
  if (caller.models == nullptr) return Bounded(list_);
  // The same bytes, with some models left out: their memory is shared.
  std::vector<grpc::Slice> parts;
  for (const ServedModel* model : order_) {
    if (!caller.MayAsk(model->name)) continue;
    const grpc::ByteBuffer& bytes = models_.at(model);
    std::vector<grpc::Slice> slices;
    if (!bytes.Dump(&slices).ok()) {
      return absl::InternalError("cannot read an encoded model");
    }
    parts.emplace_back(ElementHead(bytes.Length()));
    parts.insert(parts.end(), slices.begin(), slices.end());
  }
  return Bounded(grpc::ByteBuffer(parts.data(), parts.size()));
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
