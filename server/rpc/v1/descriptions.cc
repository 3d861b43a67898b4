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

// What stands before an element of that field, of so many bytes.
std::string ElementHead(int field, size_t bytes) {
  std::string head;
  google::protobuf::io::StringOutputStream stream(&head);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteVarint32(static_cast<uint32_t>(field << 3 | 2));
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
    descriptions.Append(model->name, v1::ListModelsResponse::kModelsFieldNumber,
                        descriptions.models_[model]);
  }
  for (const FailedModel& failure : table.failures()) {
    v1::ModelFailure& message = *list.add_failures();
    message.set_name(failure.name);
    if (failure.version > 0) {
      message.set_version(absl::StrCat(failure.version));
    }
    message.set_reason(failure.reason);
    HG_ASSIGN_OR_RETURN(const grpc::ByteBuffer bytes, ToBytes(message));
    descriptions.Append(failure.name,
                        v1::ListModelsResponse::kFailuresFieldNumber, bytes);
  }
  HG_ASSIGN_OR_RETURN(descriptions.list_, ToBytes(list));
  return descriptions;
}

void Descriptions::Append(const std::string& model, int field,
                          const grpc::ByteBuffer& bytes) {
  elements_.push_back({model, ElementHead(field, bytes.Length()), bytes});
}

absl::StatusOr<grpc::ByteBuffer> Descriptions::List(
    const Caller& caller) const {
  if (caller.models == nullptr) return Bounded(list_);
  // The same bytes, with some elements left out: their memory is shared.
  std::vector<grpc::Slice> parts;
  for (const Element& element : elements_) {
    if (!caller.MayAsk(element.model)) continue;
    std::vector<grpc::Slice> slices;
    if (!element.bytes.Dump(&slices).ok()) {
      return absl::InternalError("cannot read an encoded model");
    }
    parts.emplace_back(element.head);
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
