#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace hypergan::server {

// Where what a server needs for TLS lies, in PEM.
struct CertificateFiles {
  std::string certificate;  // of the server, and those that it follows from
  std::string key;          // of the first of them, without a passphrase
  std::string client_ca;    // whose clients are taken; empty: all clients
};

// What the files hold.
struct Certificates {
  static constexpr size_t kMaxFileBytes = size_t{1} << 20;

  std::string certificate;
  std::string key;
  std::string client_ca;
  absl::Time expiry;  // of the first of `certificate`
};

// Reads the files and tries them out: the key is that of the certificate, which
// is valid at `now`, and TLS takes both. Errors say which file it is and what
// to do about it.
//   INVALID_ARGUMENT     a file is not what it should be, or more than
//                        kMaxFileBytes
//   FAILED_PRECONDITION  the certificate is not valid at `now`
//   as ReadRegularFile
absl::StatusOr<Certificates> ReadCertificates(const CertificateFiles& files,
                                              absl::Time now);

}  // namespace hypergan::server
