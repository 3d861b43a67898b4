#pragma once

#include <atomic>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call_trace.h"
#include "server/rpc/calls/open_calls.h"
#include "server/serving/access/caller.h"

namespace hypergan::server {

// A call as it comes in, with its headers and before its message. All is
// borrowed for the call's life but the caller.
struct Arrival {
  grpc::CallbackServerContext& context;
  const std::string& method;  // its path
  Caller caller;
};

// One call from the arrival of its headers to the sending of its last byte. It
// reads one message. Owns itself: gRPC deletes it through OnDone, once it has
// been finished.
//
// Every method is served as a stream of messages both ways, of which calls of
// one message are a special case: of those gRPC would tell us only once their
// message is there, and a client may take for ever to send it.
class Call
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // Begins to read the message. Call once, after construction.
  void Begin() {
    begun_.store(true, std::memory_order_release);
    StartRead(&message_);
  }

 protected:
  // Borrows the calls for its life.
  Call(OpenCalls& calls, CallKind kind, Arrival arrival);

  // The message has arrived: answers it, now or later.
  virtual void OnMessage() = 0;

  // Its bytes, until they are taken.
  grpc::ByteBuffer TakeMessage();
  OpenCalls::Call& open() { return open_; }
  const Arrival& arrival() const { return arrival_; }
  const CallTrace& trace() const { return trace_; }

  // Takes the id that the message has.
  void TakeMessageId(absl::string_view id) { trace_.TakeMessageId(id); }
  // Lets the client be told what the call is known by. To be called before
  // anything is sent otherwise than by Reply or Fail, which do so too.
  void Identify();

  // Each ends the call, with a message or without. The call may be gone on
  // return.
  void Reply(const grpc::ByteBuffer& reply);
  void Fail(const grpc::Status& status);

 private:
  void OnReadDone(bool ok) final;
  void OnDone() override { delete this; }

  const Arrival arrival_;
  OpenCalls::Call open_;
  CallTrace trace_;
  bool identified_ = false;
  // Hands the call from the thread that made it to the one that has its
  // message. gRPC does so too, but the thread sanitizer cannot see that.
  std::atomic<bool> begun_ = false;
  grpc::ByteBuffer message_;
  grpc::ByteBuffer reply_;
};

}  // namespace hypergan::server
