#include "server/rpc/call_service.h"

#include <new>
#include <utility>

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

// What the generated code does for a stream of messages both ways.
void CallService::AddCalls(const char* path, MakeCall make_call) {
  using Handler =
      grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
  using grpc::internal::RpcMethod;
  using grpc::internal::RpcServiceMethod;
  AddMethod(new RpcServiceMethod(path, RpcMethod::BIDI_STREAMING, nullptr));
  MarkMethodCallback(
      methods_++,
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
