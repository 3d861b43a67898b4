#include "server/app/access/access_options.h"

#include <algorithm>
#include <cstdint>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/host_port.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/app/socket_path.h"

ABSL_FLAG(std::string, tls_certificate, "",
          "PEM file of the server's certificate and those that it follows "
          "from; gRPC then has TLS. Read again when it changes");
ABSL_FLAG(std::string, tls_key, "", "PEM file of the certificate's key");
ABSL_FLAG(std::string, tls_client_ca, "",
          "PEM file of the authorities whose clients are let in; empty: "
          "clients need no certificate");
ABSL_FLAG(std::string, token_file, "",
          "File of the tokens that clients must have, a line each: name, "
          "token or sha256:DIGEST, models with commas between them or *. Read "
          "again when it changes; empty: no tokens");
ABSL_FLAG(bool, allow_plaintext_tokens, false,
          "Take tokens without TLS on addresses beyond this machine");
ABSL_FLAG(bool, open_probes, true,
          "With --token_file: health checks, ServerLive and ServerReady need "
          "no token");
ABSL_FLAG(std::string, listen_mode, "0660",
          "With --listen=unix:PATH, the mode of the socket, in octal");

namespace hypergan::server {
namespace {

absl::StatusOr<int> ParseMode(const std::string& text) {
  int mode = 0;
  const bool is_mode = !text.empty() && text.size() <= 4 &&
                       std::all_of(text.begin(), text.end(),
                                   [](char c) { return '0' <= c && c <= '7'; });
  for (const char c : text.substr(0, 4)) mode = mode * 8 + (c - '0');
  if (is_mode && mode <= 0777) return mode;
  return absl::InvalidArgumentError(absl::StrCat(
      "--listen_mode: expected 0 to 0777 in octal, got ", Quoted(text)));
}

// Does what is sent there stay on this machine?
bool IsThisMachine(const std::string& listen) {
  if (IsSocketPath(listen)) return true;
  const auto address = ParseHostPort(listen);
  return address.ok() &&
         (address->host == "localhost" || address->host == "::1" ||
          absl::StartsWith(address->host, "127."));
}

absl::Status GoesWith(const char* flag, const std::string& value,
                      const char* other, const std::string& other_value) {
  if (value.empty() || !other_value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": expected --", other, " beside it, got none"));
}

}  // namespace

AccessOptions AccessOfFlags() {
  AccessOptions options;
  options.certificates = {absl::GetFlag(FLAGS_tls_certificate),
                          absl::GetFlag(FLAGS_tls_key),
                          absl::GetFlag(FLAGS_tls_client_ca)};
  options.token_file = absl::GetFlag(FLAGS_token_file);
  options.allow_plaintext_tokens = absl::GetFlag(FLAGS_allow_plaintext_tokens);
  options.open_probes = absl::GetFlag(FLAGS_open_probes);
  return options;
}

absl::StatusOr<int> ListenModeOfFlags() {
  return ParseMode(absl::GetFlag(FLAGS_listen_mode));
}

absl::Status CheckAccess(const AccessOptions& options,
                         const std::string& listen) {
  const CertificateFiles& files = options.certificates;
  HG_RETURN_IF_ERROR(
      GoesWith("tls_certificate", files.certificate, "tls_key", files.key));
  HG_RETURN_IF_ERROR(
      GoesWith("tls_key", files.key, "tls_certificate", files.certificate));
  HG_RETURN_IF_ERROR(GoesWith("tls_client_ca", files.client_ca,
                              "tls_certificate", files.certificate));
  if (options.token_file.empty() || options.tls() ||
      options.allow_plaintext_tokens || IsThisMachine(listen)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--token_file: expected TLS (--tls_certificate), for on --listen=",
      OneLine(listen, 255),
      " whoever listens in could read the tokens; where the network itself "
      "encrypts, --allow_plaintext_tokens"));
}

}  // namespace hypergan::server
