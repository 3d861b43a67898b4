#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/tls/certificates.h"

namespace hypergan::server {

// The flags that say who may reach the server and ask it.
struct AccessOptions {
  CertificateFiles certificates;  // without a certificate: no TLS
  std::string token_file;         // empty: nobody is asked for a token
  bool allow_plaintext_tokens = false;
  bool open_probes = true;
  int listen_mode = 0660;  // of a socket in the file system

  bool tls() const { return !certificates.certificate.empty(); }
};

// As the flags say, but for the mode.
AccessOptions AccessOfFlags();
// INVALID_ARGUMENT for a mode that is none.
absl::StatusOr<int> ListenModeOfFlags();

// INVALID_ARGUMENT for files that lack the others that they need, and for
// tokens that would cross a network readable to all who listen in.
absl::Status CheckAccess(const AccessOptions& options,
                         const std::string& listen);

}  // namespace hypergan::server
