#pragma once

#include <functional>
#include <memory>

#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/service_type.h"
#include "server/rpc/call.h"

namespace hypergan::server {

// A service whose methods make a Call of each call as soon as its headers are
// there.
class CallService : public grpc::Service {
 protected:
  using MakeCall = std::function<std::unique_ptr<Call>(
      grpc::CallbackServerContext& context)>;

  // `path` is "/package.Service/Method" and must live as long as the service.
  void AddCalls(const char* path, MakeCall make_call);

 private:
  int methods_ = 0;
};

}  // namespace hypergan::server
