#include "server/rpc/call_service.h"

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

namespace {

// A call that there is no memory for.
class RefusedCall final
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  RefusedCall() { Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, ""}); }

 private:
  void OnDone() override { delete this; }
};

}  // namespace

CallService::CallService(std::string name, OpenCalls& calls, const Log* log)
    : name_(std::move(name)), calls_(calls), log_(log) {}

std::string CallService::PathOf(const std::string& method) const {
  return absl::StrCat("/", name_, "/", method);
}

void CallService::AddLookUp(const std::string& method, CallKind kind,
                            LookUp::Find find) {
  look_ups_.push_back({kind, std::move(find), PathOf(method), log_});
  AddCalls(method, [this, &look_up = look_ups_.back()](
                       grpc::CallbackServerContext& context) {
    return std::make_unique<LookUpCall>(calls_, context, look_up);
  });
}

// What the generated code does for a stream of messages both ways.
void CallService::AddCalls(const std::string& method, MakeCall make_call) {
  using Handler =
      grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
  using grpc::internal::RpcMethod;
  using grpc::internal::RpcServiceMethod;
  const auto index = static_cast<int>(paths_.size());
  paths_.push_back(PathOf(method));
  AddMethod(new RpcServiceMethod(paths_.back().c_str(),
                                 RpcMethod::BIDI_STREAMING, nullptr));
  MarkMethodCallback(
      index,
      new Handler(
          [make_call =
               std::move(make_call)](grpc::CallbackServerContext* context)
              -> grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* {
            std::unique_ptr<Call> call;
            const absl::Status status = GuardExceptions([&] {
              call = make_call(*context);
              return absl::OkStatus();
            });
            if (!status.ok()) return new (std::nothrow) RefusedCall();
            call->Begin();
            return call.release();
          }));
}

}  // namespace hypergan::server
