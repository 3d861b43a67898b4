#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"

namespace hypergan::server {

// The message that the bytes hold. UNIMPLEMENTED if they hold none of its type,
// as gRPC itself answers such bytes.
template <typename Message>
absl::StatusOr<Message> FromBytes(const grpc::ByteBuffer& bytes) {
  Message message;
  grpc::ByteBuffer copy(bytes);  // of the references; reading consumes it
  if (grpc::SerializationTraits<Message>::Deserialize(&copy, &message).ok()) {
    return message;
  }
  return absl::UnimplementedError(
      absl::StrCat("the message is not a ", message.GetTypeName()));
}

// Copies of the bytes share their memory.
template <typename Message>
absl::StatusOr<grpc::ByteBuffer> ToBytes(const Message& message) {
  grpc::ByteBuffer bytes;
  bool own = false;
  const grpc::Status status =
      grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own);
  if (status.ok()) return bytes;
  return absl::InternalError(
      absl::StrCat("cannot serialize: ", status.error_message()));
}

// RESOURCE_EXHAUSTED for an answer of more bytes than that.
inline absl::Status CheckResponseBytes(const grpc::ByteBuffer& bytes,
                                       int64_t max_bytes) {
  if (static_cast<int64_t>(bytes.Length()) <= max_bytes) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("bytes of the response: at most ", max_bytes,
                   " allowed, got ", bytes.Length()));
}

}  // namespace hypergan::server
