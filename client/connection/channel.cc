#include "client/connection/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/named_error.h"
#include "base/regular_file.h"
#include "base/status_macros.h"
#include "client/connection/service_config.h"
#include "client/connection/target.h"
#include "client/connection/token.h"

namespace hypergan::client {
namespace {

// Far above any chain of certificates.
constexpr size_t kMaxPemBytes = size_t{1} << 20;

// What is given must be readable now: a file watcher only logs what is not.
absl::Status CheckPem(const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  HG_ASSIGN_OR_RETURN(const std::string bytes,
                      ReadRegularFile(path, kMaxPemBytes));
  if (!bytes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": expected a PEM file, got an empty one"));
}

// Credentials that follow changes of the files.
std::shared_ptr<grpc::ChannelCredentials> WatchedCredentials(
    const TlsOptions& tls) {
  using grpc::experimental::FileWatcherCertificateProvider;
  // Whole seconds; gRPC ends the process at fewer than one.
  const auto interval = static_cast<unsigned int>(std::clamp<int64_t>(
      absl::ToInt64Seconds(tls.reload_interval), 1, 24 * 60 * 60));
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<FileWatcherCertificateProvider>(
          tls.private_key, tls.certificate, tls.root_certificates, interval));
  if (!tls.root_certificates.empty()) options.watch_root_certs();
  if (!tls.certificate.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const ClientOptions& options) {
  if (!options.tls.has_value()) return grpc::InsecureChannelCredentials();
  const TlsOptions& tls = *options.tls;
  if (tls.certificate.empty() != tls.private_key.empty()) {
    return absl::InvalidArgumentError(
        "a client certificate and its private key go together: expected both "
        "or neither, got one");
  }
  HG_RETURN_IF_ERROR(CheckPem(tls.root_certificates));
  HG_RETURN_IF_ERROR(CheckPem(tls.certificate));
  HG_RETURN_IF_ERROR(CheckPem(tls.private_key));
  if (tls.root_certificates.empty() && tls.certificate.empty()) {
    return grpc::SslCredentials({});
  }
  return WatchedCredentials(tls);
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(
      absl::ToInt64Milliseconds(duration), 1, std::numeric_limits<int>::max()));
}

void NoticeDeadServer(const Keepalive& keepalive,
                      grpc::ChannelArguments& arguments) {
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(keepalive.time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                   Milliseconds(keepalive.timeout));
  // A prediction may be quiet for longer than the two pings that gRPC would
  // leave it at.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

grpc::ChannelArguments MakeArguments(const std::string& target,
                                     const ClientOptions& options,
                                     bool health_checks) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(options.max_send_bytes);
  arguments.SetMaxReceiveMessageSize(options.max_receive_bytes);
  arguments.SetServiceConfigJSON(ServiceConfig(options.retry, health_checks));
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES,
                   options.retry.max_attempts > 1 ? 1 : 0);
  // A larger request is not asked again; gRPC's own limit is 256 KiB.
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, options.max_send_bytes);
  // Retries must not wait for long pauses between attempts to connect.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Whatever its name: how long an attempt may take, TLS included.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  NoticeDeadServer(options.keepalive, arguments);
  // gRPC would ask the environment's http_proxy for this machine itself.
  if (IsThisMachine(target)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL,
                   options.own_connection ? 1 : 0);
  if (options.tls.has_value() && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return arguments;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(
    const std::string& target, const ClientOptions& options,
    bool health_checks) {
  HG_RETURN_IF_ERROR(Named("server's address", CheckTarget(target)));
  HG_ASSIGN_OR_RETURN(const auto credentials, MakeCredentials(options));
  HG_RETURN_IF_ERROR(CheckTokenIsSafe(target, options));
  HG_RETURN_IF_ERROR(ReadToken(options).status());
  return grpc::CreateCustomChannel(
      target, credentials, MakeArguments(target, options, health_checks));
}

std::chrono::system_clock::time_point DeadlineIn(absl::Duration left) {
  constexpr absl::Duration kForever = absl::Hours(24 * 365);
  return std::chrono::system_clock::now() +
         absl::ToChronoNanoseconds(
             std::clamp(left, absl::ZeroDuration(), kForever));
}

absl::Status SetUp(grpc::ClientContext& context, const ClientOptions& options,
                   absl::Duration left) {
  context.set_deadline(DeadlineIn(left));
  HG_ASSIGN_OR_RETURN(const std::string token, ReadToken(options));
  if (!token.empty()) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  }
  return absl::OkStatus();
}

}  // namespace hypergan::client
