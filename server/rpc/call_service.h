#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/service_type.h"
#include "server/rpc/call.h"

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

  explicit CallService(std::string name);

  void AddCalls(const std::string& method, MakeCall make_call);

 private:
  const std::string name_;
  std::list<std::string> paths_;  // "/service/method"; gRPC keeps pointers
};

}  // namespace hypergan::server
