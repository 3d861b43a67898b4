#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/serving/access/caller.h"

namespace hypergan::server {

// The tokens that a server takes, whose they are, and what they open. Read from
// text with one token a line, in three columns that blanks separate:
//
//   NAME  TOKEN         MODELS
//   ana   3q2+7w...     mnist,prices
//   ben   sha256:9f...  *
//
// NAME    1 to 64 of [A-Za-z0-9._@-]; several tokens may have the same, as
//         while one takes the place of another
// TOKEN   16 to 512 of [A-Za-z0-9._~+/=-], or "sha256:" and 64 hexadecimal
//         digits, the token's SHA-256
// MODELS  names of models, separated by commas, or "*" for all
//
// Blank lines and lines that begin with '#' are passed over.
class TokenTable {
 public:
  static constexpr size_t kMaxFileBytes = size_t{1} << 20;
  static constexpr size_t kMaxTokens = 1000;
  static constexpr size_t kMaxNameBytes = 64;
  static constexpr size_t kMinTokenBytes = 16;
  static constexpr size_t kMaxTokenBytes = 512;
  static constexpr size_t kMaxModels = 1000;  // of one token

  struct Entry {
    std::string name;
    std::shared_ptr<const ModelNames> models;  // null: all
  };

  // INVALID_ARGUMENT, with the line and without the token, for a line that is
  // none, the same token twice, more tokens than kMaxTokens, or no token at
  // all.
  static absl::StatusOr<TokenTable> Parse(absl::string_view text);
  // Of a regular file of at most kMaxFileBytes. Errors as ReadRegularFile
  // and Parse; they name the file.
  static absl::StatusOr<TokenTable> Read(const std::string& path);

  // Whose token it is; null: nobody's. Takes the same time whether and where
  // it is found. Lives as long as the table.
  const Entry* Find(absl::string_view token) const;

  size_t size() const { return tokens_.size(); }
  // Of the models that tokens name, in order.
  ModelNames NamedModels() const;

 private:
  using Digest = std::array<uint8_t, 32>;
  struct Token {
    Digest digest;
    Entry entry;
  };

  static absl::StatusOr<Token> ParseLine(absl::string_view line);
  static absl::StatusOr<Digest> ParseToken(absl::string_view text);

  std::vector<Token> tokens_;
};

}  // namespace hypergan::server
