#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/service_type.h"
#include "server/rpc/call.h"
#include "server/rpc/look_up_call.h"
#include "server/rpc/open_calls.h"
#include "server/serving/log.h"

namespace hypergan::server {

// A service whose methods make a Call of each call as soon as its headers are
// there.
class CallService : public grpc::Service {
 public:
  // Its full name, as "grpc.health.v1.Health".
  const std::string& name() const { return name_; }

 protected:
  using MakeCall = std::function<std::unique_ptr<Call>(
      grpc::CallbackServerContext& context)>;

  // Borrows the calls, and the log of LookUps unless it is null.
  CallService(std::string name, OpenCalls& calls, const Log* log);

  void AddCalls(const std::string& method, MakeCall make_call);
  // A method that is answered at once.
  void AddLookUp(const std::string& method, CallKind kind, LookUp::Find find);

 private:
  std::string PathOf(const std::string& method) const;

  const std::string name_;
  OpenCalls& calls_;
  const Log* const log_;
  std::list<std::string> paths_;  // gRPC keeps pointers to them
  std::list<LookUp> look_ups_;    // and calls to these
};

}  // namespace hypergan::server
