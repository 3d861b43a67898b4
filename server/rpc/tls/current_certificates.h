#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/rpc/tls/certificates.h"

namespace hypergan::server {

// The certificates that connections begin with now: those of the files when
// they were last read without an error. Connections that are there keep
// theirs. Thread-safe.
class CurrentCertificates {
 public:
  explicit CurrentCertificates(CertificateFiles files)
      : files_(std::move(files)) {}

  // Reads the files, and on an error keeps what it had. Errors as
  // ReadCertificates.
  absl::Status Read() {
    auto read = ReadCertificates(files_, absl::Now());
    if (!read.ok()) return read.status();
    const std::lock_guard lock(mutex_);
    current_ = std::make_shared<const Certificates>(*std::move(read));
    return absl::OkStatus();
  }

  const CertificateFiles& files() const { return files_; }

  // Never null once Read has succeeded; another pointer after each success.
  std::shared_ptr<const Certificates> Get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

 private:
  const CertificateFiles files_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Certificates> current_;
};

}  // namespace hypergan::server
