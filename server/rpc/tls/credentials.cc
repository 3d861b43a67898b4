#include "server/rpc/tls/credentials.h"

#include <string>

#include "grpc/grpc.h"
#include "grpc/grpc_security.h"
#include "grpcpp/version_info.h"

namespace hypergan::server {
namespace {

// Holds credentials of the C interface. gRPC's own class does so by itself in
// current releases, and leaves it to those derived from it in 1.51.
#if GRPC_CPP_VERSION_MAJOR > 1 || GRPC_CPP_VERSION_MINOR >= 58
class CredentialsOfC : public grpc::ServerCredentials {
 protected:
  explicit CredentialsOfC(grpc_server_credentials* credentials)
      : ServerCredentials(credentials) {}
};
#else
class CredentialsOfC : public grpc::ServerCredentials {
 public:
  ~CredentialsOfC() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 protected:
  explicit CredentialsOfC(grpc_server_credentials* credentials)
      : credentials_(credentials) {}

 private:
  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* const credentials_;
};
#endif

// Tells gRPC of a pair that has changed.
class CertificateFetcher {
 public:
  explicit CertificateFetcher(const CurrentCertificates& certificates)
      : certificates_(certificates) {}

  grpc_ssl_server_credentials_options* Options() {
    return grpc_ssl_server_credentials_create_options_using_config_fetcher(
        certificates_.files().client_ca.empty()
            ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
            : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY,
        Fetch, this);
  }

 private:
  // At the start, then before each handshake; one call at a time.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    auto& fetcher = *static_cast<CertificateFetcher*>(self);
    auto current = fetcher.certificates_.Get();
    if (current == fetcher.fetched_) {
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    const grpc_ssl_pem_key_cert_pair pair = {current->key.c_str(),
                                             current->certificate.c_str()};
    // gRPC insists on authorities, even where it asks clients for nothing.
    const std::string& authorities =
        current->client_ca.empty() ? current->certificate : current->client_ca;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(),
                                                        &pair, 1);
    fetcher.fetched_ = std::move(current);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const CurrentCertificates& certificates_;
  std::shared_ptr<const Certificates> fetched_;
};

// gRPC's C++ interface has credentials that read files by themselves, and lose
// the old pair when a new one is bad. Its C interface asks us for a pair. The
// fetcher is there before the credentials that ask it, and outlives them.
class ReloadingCredentials final : private CertificateFetcher,
                                   public CredentialsOfC {
 public:
  explicit ReloadingCredentials(const CurrentCertificates& certificates)
      : CertificateFetcher(certificates),
        CredentialsOfC(
            grpc_ssl_server_credentials_create_with_options(Options())) {}
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> TlsCredentials(
    const CurrentCertificates& certificates) {
  return std::make_shared<ReloadingCredentials>(certificates);
}

}  // namespace hypergan::server
