#include "server/rpc/calls/call_service.h"

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "server/rpc/status.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

namespace {

// A call whose message is not waited for.
class RefusedCall final
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit RefusedCall(const grpc::Status& status) { Finish(status); }

 private:
  void OnDone() override { delete this; }
};

void LogRefused(const RequestLog* log, const std::string& method,
                const std::string& peer, const CallTrace& trace,
                const absl::Status& status) {
  if (log == nullptr || !log->Wants(status.code())) return;
  std::vector<Field> fields = {{"peer", peer}};
  trace.AddTo(fields);
  const std::string message(status.message());
  fields.push_back({"message", message});
  log->Add(method, status.code(), fields);
}

}  // namespace

CallService::CallService(std::string name, OpenCalls& calls,
                         const Access& access, const RequestLog* log)
    : name_(std::move(name)), calls_(calls), access_(access), log_(log) {}

std::string CallService::PathOf(const std::string& method) const {
  return absl::StrCat("/", name_, "/", method);
}

void CallService::AddLookUp(const std::string& method, CallKind kind,
                            LookUp::Find find, Admission admission) {
  look_ups_.push_back({kind, std::move(find), log_});
  AddCalls(
      method,
      [this, &look_up = look_ups_.back()](Arrival arrival) {
        return std::make_unique<LookUpCall>(calls_, std::move(arrival),
                                            look_up);
      },
      admission);
}

CallService::Reactor* CallService::Begin(grpc::CallbackServerContext& context,
                                         const std::string& path,
                                         const MakeCall& make_call,
                                         Admission admission) const {
  std::unique_ptr<Call> call;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    auto caller = access_.Admit(context, admission);
    if (!caller.ok()) {
      const CallTrace trace(context);
      trace.Return(context);
      LogRefused(log_, path, context.peer(), trace, caller.status());
      return caller.status();
    }
    call = make_call({context, path, *std::move(caller)});
    return absl::OkStatus();
  });
  if (!status.ok()) return new (std::nothrow) RefusedCall(ToGrpcStatus(status));
  call->Begin();
  return call.release();
}

// What the generated code does for a stream of messages both ways.
void CallService::AddCalls(const std::string& method, MakeCall make_call,
                           Admission admission) {
  using Handler =
      grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
  using grpc::internal::RpcMethod;
  using grpc::internal::RpcServiceMethod;
  const auto index = static_cast<int>(paths_.size());
  paths_.push_back(PathOf(method));
  AddMethod(new RpcServiceMethod(paths_.back().c_str(),
                                 RpcMethod::BIDI_STREAMING, nullptr));
  MarkMethodCallback(index,
                     new Handler([this, &path = paths_.back(), admission,
                                  make_call = std::move(make_call)](
                                     grpc::CallbackServerContext* context) {
                       return Begin(*context, path, make_call, admission);
                     }));
}

}  // namespace hypergan::server
