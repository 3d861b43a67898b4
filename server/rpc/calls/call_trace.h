#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpcpp/grpcpp.h"
#include "server/serving/event.h"

namespace hypergan::server {

// By what a client, this server's log and a tracing system know one call: the
// id of the request and W3C's trace context. For one thread at a time.
//
// The id is the metadata's "x-request-id", or else the one in the message, or
// else one of the server's making that no other call has. An id of more than
// kMaxIdBytes, or not of printable ASCII, counts as none, for it could not be
// returned; so does a "traceparent" that is not as W3C has it.
class CallTrace {
 public:
  static constexpr size_t kMaxIdBytes = 128;

  // Takes what the call's metadata says.
  explicit CallTrace(const grpc::CallbackServerContext& context);

  // Takes the id that the message has, empty for none.
  void TakeMessageId(absl::string_view id);

  const std::string& id() const { return id_; }
  // For a line of the log: "id", and if there are such "message_id", one that
  // is not this, and "traceparent". They borrow from this.
  void AddTo(std::vector<Field>& fields) const;
  // Adds "x-request-id", "traceparent" and "tracestate" to the answer's initial
  // metadata. Nothing may have been sent before.
  void Return(grpc::CallbackServerContext& context) const;
  // The same, to the trailing metadata.
  void ReturnAtEnd(grpc::CallbackServerContext& context) const;

 private:
  std::string id_;
  bool made_ = false;  // by the server
  std::string message_id_;
  std::string traceparent_;
  std::string tracestate_;
};

}  // namespace hypergan::server
