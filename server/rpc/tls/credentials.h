#pragma once

#include <memory>

#include "grpcpp/security/server_credentials.h"
#include "server/rpc/tls/current_certificates.h"

namespace hypergan::server {

// For one port with TLS of 1.2 or later. Each new connection begins with the
// certificates that are current. Both must outlive the server: gRPC itself
// lets go of credentials once it has started. If there is a
// file of client authorities, a client without a certificate of theirs gets no
// connection.
std::shared_ptr<grpc::ServerCredentials> TlsCredentials(
    const CurrentCertificates& certificates);

}  // namespace hypergan::server
