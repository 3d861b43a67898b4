#include "server/rpc/grpc_server.h"

#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc/grpc.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/resource_quota.h"
#include "server/rpc/accepting.h"
#include "server/rpc/tls/credentials.h"

namespace hypergan::server {
namespace {

// Tags, lengths and status around the messages that the limits speak of.
constexpr int64_t kMessageSlackBytes = 64 * 1024;

int MessageBytes(int64_t limit) {
  return static_cast<int>(std::min<int64_t>(limit + kMessageSlackBytes,
                                            std::numeric_limits<int>::max()));
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(duration),
                                            std::numeric_limits<int>::max()));
}

// gRPC looks at a message's length once it has unpacked it, all 16 GiB of what
// were 16 MiB on the wire: compressed requests are refused.
void RefuseCompression(grpc::ServerBuilder& builder) {
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
}

// A peer that has gone without a word would hold its connection, and what its
// calls hold, for as long as the kernel lets it.
void NoticeDeadPeers(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Clients look for dead peers too, every 20 s as ours do, while a call is
  // quiet; by default gRPC takes more than two such pings in 5 min for abuse.
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
}

// Clients that keep their connection would never find new replicas. An old
// connection takes no new calls, and those that run may take all the time that
// a call may take; gRPC spreads the ages by a tenth.
void LetConnectionsAge(const Limits& limits, grpc::ServerBuilder& builder) {
  if (limits.max_connection_age == absl::InfiniteDuration()) return;
  const absl::Duration grace = limits.max_arrival_time +
                               limits.max_request_time +
                               limits.max_delivery_time;
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             Milliseconds(limits.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             Milliseconds(grace));
}

// A connection that says nothing, or does not end its handshake.
void EndSlowHandshakes(const Limits& limits, grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             Milliseconds(limits.max_handshake_time));
}

void SetLimits(const Limits& limits, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(MessageBytes(limits.max_request_bytes));
  builder.SetMaxSendMessageSize(MessageBytes(limits.max_response_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             limits.max_concurrent_streams);
  builder.SetResourceQuota(grpc::ResourceQuota("hypergan-server")
                               .SetMaxThreads(limits.max_rpc_threads)
                               .Resize(limits.max_transport_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE,
                             static_cast<int>(limits.max_metadata_bytes));
  // Or what a call sends before it is read would grow with the network's
  // bandwidth.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  RefuseCompression(builder);
  NoticeDeadPeers(builder);
  LetConnectionsAge(limits, builder);
  EndSlowHandshakes(limits, builder);
}

// Files that are made meanwhile have that mode, and no other for a moment.
class ModeOfNewFiles {
 public:
  explicit ModeOfNewFiles(int mode) : before_(umask(0777 & ~mode)) {}
  ~ModeOfNewFiles() { umask(before_); }
  ModeOfNewFiles(const ModeOfNewFiles&) = delete;
  ModeOfNewFiles& operator=(const ModeOfNewFiles&) = delete;

 private:
  const mode_t before_;
};

// To link the reflection library is to have its plugin in every server.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>*
                         plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) {
      return plugin->name() == "proto_server_reflection";
    });
  }
};

void SetServices(const std::vector<CallService*>& services, bool reflection,
                 grpc::ServerBuilder& builder) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  if (!reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  for (CallService* service : services) builder.RegisterService(service);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const Endpoint& endpoint, const std::vector<CallService*>& services,
    OpenCalls& calls, const Access& access, const Limits& limits) {
  KeepAccepting();
  std::unique_ptr<GrpcServer> started(new GrpcServer(calls, access));
  grpc::ServerBuilder builder;
  started->names_ = {""};
  for (CallService* service : services) {
    started->names_.push_back(service->name());
  }
  SetServices(services, endpoint.reflection, builder);
  builder.RegisterService(&started->health_);
  SetLimits(limits, builder);
  // Otherwise a second server on the port would take half of its clients.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  started->credentials_ = endpoint.certificates == nullptr
                              ? grpc::InsecureServerCredentials()
                              : TlsCredentials(*endpoint.certificates);
  builder.AddListeningPort(endpoint.address, started->credentials_,
                           &started->port_);
  started->SetServing(false);
  {
    std::optional<ModeOfNewFiles> mode;
    if (endpoint.address.starts_with("unix:")) mode.emplace(endpoint.unix_mode);
    started->server_ = builder.BuildAndStart();
  }
  if (started->server_ == nullptr || started->port_ == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", endpoint.address,
                     ": in use, or not an address of ours"));
  }
  return started;
}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(bool serving) {
  for (const std::string& name : names_) health_.Set(name, serving);
}

void GrpcServer::StopAccepting() {
  const auto close = [this] { server_->Shutdown(); };
  try {
    closing_ = std::async(std::launch::async, close);
  } catch (const std::exception&) {
    // No thread is to be had: Shutdown closes the port, and cancels what runs
    // without grace, for nobody else can wait for it.
    closing_ = std::async(std::launch::deferred, close);
  }
}

void GrpcServer::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;  // it did not start
  if (!closing_.valid()) StopAccepting();
  if (closing_.wait_for(absl::ToChronoNanoseconds(grace)) !=
      std::future_status::ready) {
    grpc_server_cancel_all_calls(server_->c_server());
  }
  closing_.wait();
  server_->Wait();
}

}  // namespace hypergan::server
