#include "server/serving/access/token_table.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/regular_file.h"
#include "base/status_macros.h"

namespace hypergan::server {
namespace {

constexpr size_t kMaxModelNameBytes = 128;

bool ConsistsOf(absl::string_view text, absl::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           others.find(c) != absl::string_view::npos;
  });
}

absl::Status CheckName(absl::string_view name) {
  if (name.size() <= TokenTable::kMaxNameBytes && ConsistsOf(name, "._@-")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("name: expected 1 to ", TokenTable::kMaxNameBytes,
                   " of [A-Za-z0-9._@-], got ", Quoted(std::string(name))));
}

absl::StatusOr<std::shared_ptr<const ModelNames>> ParseModels(
    absl::string_view text) {
  if (text == "*") return nullptr;
  auto models = std::make_shared<ModelNames>();
  for (const absl::string_view name : absl::StrSplit(text, ',')) {
    if (name.empty() || name.size() > kMaxModelNameBytes ||
        !ConsistsOf(name, "._-")) {
      return absl::InvalidArgumentError(absl::StrCat(
          "models: expected '*', or names with commas between them, got ",
          Quoted(std::string(text))));
    }
    models->emplace(name);
    if (models->size() > TokenTable::kMaxModels) {
      return absl::InvalidArgumentError(absl::StrCat(
          "models: expected at most ", TokenTable::kMaxModels, ", got more"));
    }
  }
  return models;
}

}  // namespace

absl::StatusOr<TokenTable::Digest> TokenTable::ParseToken(
    absl::string_view text) {
  Digest digest;
  absl::string_view hex = text;
  if (absl::ConsumePrefix(&hex, "sha256:")) {
    if (hex.size() != 2 * digest.size() ||
        !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "token: expected 64 hexadecimal digits after 'sha256:', got ",
          hex.size(), " characters"));
    }
    const std::string bytes = absl::HexStringToBytes(hex);
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
  }
  // Not shown: it may be a token but for one character.
  if (text.size() < kMinTokenBytes || text.size() > kMaxTokenBytes ||
      !ConsistsOf(text, "._~+/=-")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "token: expected ", kMinTokenBytes, " to ", kMaxTokenBytes,
        " of [A-Za-z0-9._~+/=-], or 'sha256:' and its SHA-256, got ",
        text.size(), " characters"));
  }
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
         digest.data());
  return digest;
}

absl::StatusOr<TokenTable::Token> TokenTable::ParseLine(
    absl::string_view line) {
  const std::vector<std::string> columns =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (columns.size() != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected three columns, name, token and models, got ",
                     columns.size()));
  }
  HG_RETURN_IF_ERROR(CheckName(columns[0]));
  HG_ASSIGN_OR_RETURN(const Digest digest, ParseToken(columns[1]));
  HG_ASSIGN_OR_RETURN(auto models, ParseModels(columns[2]));
  return Token{digest, {columns[0], std::move(models)}};
}

absl::StatusOr<TokenTable> TokenTable::Parse(absl::string_view text) {
  TokenTable table;
  std::set<Digest> seen;
  int64_t number = 0;
  for (const absl::string_view raw : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (line.empty() || line.front() == '#') continue;
    const auto bad = [number](absl::string_view what) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", what));
    };
    auto token = ParseLine(line);
    if (!token.ok()) return bad(token.status().message());
    if (!seen.insert(token->digest).second) {
      return bad("expected each token once, got one again");
    }
    if (table.tokens_.size() == kMaxTokens) {
      return bad(
          absl::StrCat("expected at most ", kMaxTokens, " tokens, got more"));
    }
    table.tokens_.push_back(*std::move(token));
  }
  if (table.tokens_.empty()) {
    return absl::InvalidArgumentError("expected tokens, got none");
  }
  return table;
}

absl::StatusOr<TokenTable> TokenTable::Read(const std::string& path) {
  HG_ASSIGN_OR_RETURN(const std::string text,
                      ReadRegularFile(path, kMaxFileBytes));
  return Named(path, Parse(text));
}

const TokenTable::Entry* TokenTable::Find(absl::string_view token) const {
  Digest digest = {};
  // What is longer is no token of the table, for none is.
  const absl::string_view hashed = token.substr(0, kMaxTokenBytes + 1);
  SHA256(reinterpret_cast<const uint8_t*>(hashed.data()), hashed.size(),
         digest.data());
  const Entry* found = nullptr;
  for (const Token& each : tokens_) {
    const bool same =
        CRYPTO_memcmp(each.digest.data(), digest.data(), digest.size()) == 0;
    found = same ? &each.entry : found;
  }
  return found;
}

ModelNames TokenTable::NamedModels() const {
  ModelNames names;
  for (const Token& token : tokens_) {
    if (token.entry.models == nullptr) continue;
    names.insert(token.entry.models->begin(), token.entry.models->end());
  }
  return names;
}

}  // namespace hypergan::server
