#include "client/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/target.h"

namespace hypergan::client {
namespace {

// Far above any chain of certificates.
constexpr size_t kMaxPemBytes = size_t{1} << 20;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(kMaxPemBytes + 1, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(stream.gcount()));
  if (bytes.empty()) {
    return absl::NotFoundError(
        absl::StrCat(path, ": expected a PEM file, could not read it"));
  }
  if (bytes.size() > kMaxPemBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a PEM file of at most ", kMaxPemBytes,
                     " bytes, got more"));
  }
  return bytes;
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
  grpc::SslCredentialsOptions ssl;
  HG_ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadPem(tls.root_certificates));
  HG_ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadPem(tls.certificate));
  HG_ASSIGN_OR_RETURN(ssl.pem_private_key, ReadPem(tls.private_key));
  return grpc::SslCredentials(ssl);
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

// gRPC would ask the environment's http_proxy for this machine itself.
bool IsThisMachine(const std::string& target) {
  return absl::StartsWith(target, "localhost") ||
         absl::StartsWith(target, "127.") || absl::StartsWith(target, "[::1]");
}

grpc::ChannelArguments MakeArguments(const std::string& target,
                                     const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(options.max_send_bytes);
  arguments.SetMaxReceiveMessageSize(options.max_receive_bytes);
  // Retry() alone decides when to ask again, so the channel must not hold it up
  // with long pauses of its own between attempts to connect.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Whatever its name: how long an attempt may take, TLS included.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  NoticeDeadServer(options.keepalive, arguments);
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
    const std::string& target, const ClientOptions& options) {
  if (absl::Status status = CheckTarget(target); !status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("server's address: ", status.message()));
  }
  HG_ASSIGN_OR_RETURN(const auto credentials, MakeCredentials(options));
  return grpc::CreateCustomChannel(target, credentials,
                                   MakeArguments(target, options));
}

std::chrono::system_clock::time_point DeadlineIn(absl::Duration left) {
  constexpr absl::Duration kForever = absl::Hours(24 * 365);
  return std::chrono::system_clock::now() +
         absl::ToChronoNanoseconds(
             std::clamp(left, absl::ZeroDuration(), kForever));
}

}  // namespace hypergan::client
