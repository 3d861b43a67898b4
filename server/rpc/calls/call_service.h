#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/service_type.h"
#include "server/rpc/access.h"
#include "server/rpc/calls/call.h"
#include "server/rpc/calls/look_up_call.h"
#include "server/rpc/calls/open_calls.h"
#include "server/rpc/request_log.h"

namespace hypergan::server {

// A service whose methods make a Call of each call as soon as its headers are
// there and it is admitted.
class CallService : public grpc::Service {
 public:
  // Its full name, as "grpc.health.v1.Health".
  const std::string& name() const { return name_; }

 protected:
  using MakeCall = std::function<std::unique_ptr<Call>(Arrival arrival)>;

  // Borrows all but the name. Without a log its calls make no lines.
  CallService(std::string name, OpenCalls& calls, const Access& access,
              const RequestLog* log);

  void AddCalls(const std::string& method, MakeCall make_call,
                Admission admission = Admission::kCaller);
  // A method that is answered at once.
  void AddLookUp(const std::string& method, CallKind kind, LookUp::Find find,
                 Admission admission = Admission::kCaller);

 private:
  using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;
  Reactor* Begin(grpc::CallbackServerContext& context, const std::string& path,
                 const MakeCall& make_call, Admission admission) const;
  std::string PathOf(const std::string& method) const;

  const std::string name_;
  OpenCalls& calls_;
  const Access& access_;
  const RequestLog* const log_;
  std::list<std::string> paths_;  // gRPC keeps pointers to them
  std::list<LookUp> look_ups_;    // and calls to these
};

}  // namespace hypergan::server
