#include "server/rpc/tls/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/regular_file.h"
#include "base/status_macros.h"

namespace hypergan::server {
namespace {

// Far above any chain; gRPC reads them again for each reload.
constexpr int kMaxCertificates = 1000;

struct FreeOpenSsl {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

absl::Status Bad(const std::string& file, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
}

// What OpenSSL says of its latest failure.
std::string Reason() {
  std::array<char, 256> text = {};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

// Nobody is there to be asked for a passphrase.
int NoPassphrase(char*, int, int, void*) { return -1; }

Owned<BIO> Reader(const std::string& text) {
  return Owned<BIO>(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

absl::Time TimeOf(const ASN1_TIME* time) {
  tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

// How many certificates the text has; each is looked at.
absl::StatusOr<int> CountCertificates(const std::string& file,
                                      const std::string& text) {
  const Owned<BIO> reader = Reader(text);
  int count = 0;
  while (Owned<X509> certificate{
      PEM_read_bio_X509(reader.get(), nullptr, NoPassphrase, nullptr)}) {
    if (++count > kMaxCertificates) {
      return Bad(file, absl::StrCat("expected at most ", kMaxCertificates,
                                    " certificates, got more"));
    }
  }
  const bool at_end =
      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end || count == 0) {
    return Bad(file, absl::StrCat("expected certificates in PEM, got others: ",
                                  Reason()));
  }
  ERR_clear_error();
  return count;
}

absl::StatusOr<absl::Time> CheckDates(const std::string& file,
                                      const X509* certificate, absl::Time now) {
  const absl::Time begin = TimeOf(X509_get0_notBefore(certificate));
  const absl::Time end = TimeOf(X509_get0_notAfter(certificate));
  if (begin <= now && now < end) return end;
  return absl::FailedPreconditionError(absl::StrCat(
      file, ": expected a certificate that is valid now, got one for ",
      absl::FormatTime(begin, absl::UTCTimeZone()), " to ",
      absl::FormatTime(end, absl::UTCTimeZone()), "; put a new one there"));
}

// Tries them as a server would use them.
absl::Status CheckPair(const CertificateFiles& files,
                       const Certificates& certificates, X509* certificate) {
  const Owned<BIO> reader = Reader(certificates.key);
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(reader.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return Bad(files.key,
               absl::StrCat("expected a private key in PEM without a "
                            "passphrase, got none: ",
                            Reason()));
  }
  const Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr ||
      SSL_CTX_use_certificate(context.get(), certificate) != 1) {
    return Bad(files.certificate,
               absl::StrCat("TLS does not take the certificate: ", Reason()));
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return Bad(files.key,
               absl::StrCat("expected the key of the certificate in ",
                            files.certificate, ", got another: ", Reason(),
                            "; replace both files"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Certificates> ReadCertificates(const CertificateFiles& files,
                                              absl::Time now) {
  ERR_clear_error();
  const absl::Cleanup forget = [] { ERR_clear_error(); };
  Certificates read;
  HG_ASSIGN_OR_RETURN(
      read.certificate,
      ReadRegularFile(files.certificate, Certificates::kMaxFileBytes));
  HG_ASSIGN_OR_RETURN(read.key,
                      ReadRegularFile(files.key, Certificates::kMaxFileBytes));
  HG_RETURN_IF_ERROR(
      CountCertificates(files.certificate, read.certificate).status());
  const Owned<BIO> reader = Reader(read.certificate);
  const Owned<X509> certificate(
      PEM_read_bio_X509(reader.get(), nullptr, NoPassphrase, nullptr));
  HG_ASSIGN_OR_RETURN(read.expiry,
                      CheckDates(files.certificate, certificate.get(), now));
  HG_RETURN_IF_ERROR(CheckPair(files, read, certificate.get()));
  if (files.client_ca.empty()) return read;
  HG_ASSIGN_OR_RETURN(
      read.client_ca,
      ReadRegularFile(files.client_ca, Certificates::kMaxFileBytes));
  HG_RETURN_IF_ERROR(
      CountCertificates(files.client_ca, read.client_ca).status());
  return read;
}

}  // namespace hypergan::server
