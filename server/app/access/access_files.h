#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/registry.h"
#include "server/app/access/access_options.h"
#include "server/app/reloader.h"
#include "server/rpc/tls/current_certificates.h"
#include "server/serving/access/current_tokens.h"

namespace hypergan::server {

// What the files hold that say who may ask.
class AccessFiles {
 public:
  // Errors as TokenTable::Read and ReadCertificates, after the flag's name.
  static absl::StatusOr<AccessFiles> Read(const AccessOptions& options);

  // Each is null if there is no file of it.
  const CurrentTokens* tokens() const { return tokens_.get(); }
  const CurrentCertificates* certificates() const {
    return certificates_.get();
  }

  // How to read them again. Counts in the registry until when the certificate
  // is valid. Both must outlive what is returned.
  std::vector<Reloader::Part> Parts(prometheus::Registry& registry) const;

 private:
  std::string token_file_;
  std::unique_ptr<CurrentTokens> tokens_;
  std::unique_ptr<CurrentCertificates> certificates_;
};

}  // namespace hypergan::server
