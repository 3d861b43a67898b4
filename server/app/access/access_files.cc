#include "server/app/access/access_files.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/named_error.h"
#include "base/status_macros.h"
#include "prometheus/gauge.h"
#include "server/serving/metrics/metric_registration.h"

namespace hypergan::server {

absl::StatusOr<AccessFiles> AccessFiles::Read(const AccessOptions& options) {
  AccessFiles files;
  if (options.tls()) {
    files.certificates_ =
        std::make_unique<CurrentCertificates>(options.certificates);
    HG_RETURN_IF_ERROR(Named("--tls_certificate", files.certificates_->Read()));
  }
  if (!options.token_file.empty()) {
    files.token_file_ = options.token_file;
    files.tokens_ = std::make_unique<CurrentTokens>(options.token_file);
    HG_RETURN_IF_ERROR(Named("--token_file", files.tokens_->Read()));
  }
  return files;
}

std::vector<Reloader::Part> AccessFiles::Parts(
    prometheus::Registry& registry) const {
  std::vector<Reloader::Part> parts;
  if (tokens_ != nullptr) {
    parts.push_back({"tokens", {token_file_}, [tokens = tokens_.get()] {
                       return tokens->Read();
                     }});
  }
  if (certificates_ == nullptr) return parts;
  prometheus::Gauge& expiry =
      GaugeFamily(registry, "hypergan_certificate_expiry_timestamp_seconds")
          .Add({});
  const auto tell = [&expiry](const CurrentCertificates& certificates) {
    expiry.Set(
        static_cast<double>(absl::ToUnixSeconds(certificates.Get()->expiry)));
  };
  tell(*certificates_);
  const CertificateFiles& files = certificates_->files();
  std::vector<std::string> paths = {files.certificate, files.key};
  if (!files.client_ca.empty()) paths.push_back(files.client_ca);
  parts.push_back({"certificates", std::move(paths),
                   [certificates = certificates_.get(), tell] {
                     HG_RETURN_IF_ERROR(certificates->Read());
                     tell(*certificates);
                     return absl::OkStatus();
                   }});
  return parts;
}

}  // namespace hypergan::server
