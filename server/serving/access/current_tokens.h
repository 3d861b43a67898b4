#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "server/serving/access/token_table.h"

namespace hypergan::server {

// The tokens that are taken now: those of a file when it was last read without
// an error. Thread-safe.
class CurrentTokens {
 public:
  explicit CurrentTokens(std::string path) : path_(std::move(path)) {}

  // Reads the file, and on an error keeps the tokens that it had. Errors as
  // TokenTable::Read.
  absl::Status Read() {
    auto table = TokenTable::Read(path_);
    if (!table.ok()) return table.status();
    auto read = std::make_shared<const TokenTable>(*std::move(table));
    const std::lock_guard lock(mutex_);
    table_ = std::move(read);
    return absl::OkStatus();
  }

  // Never null once Read has succeeded.
  std::shared_ptr<const TokenTable> Get() const {
    const std::lock_guard lock(mutex_);
    return table_;
  }

 private:
  const std::string path_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const TokenTable> table_;
};

}  // namespace hypergan::server
