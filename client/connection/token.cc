#include "client/connection/token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "base/regular_file.h"
#include "base/status_macros.h"
#include "client/connection/target.h"

namespace hypergan::client {
namespace {

// With its key, "authorization: Bearer ", within what servers take as metadata.
constexpr size_t kMaxTokenBytes = 8192;

bool IsVisible(const std::string& token) {
  return std::all_of(token.begin(), token.end(),
                     [](unsigned char c) { return absl::ascii_isgraph(c); });
}

}  // namespace

absl::StatusOr<std::string> ReadToken(const ClientOptions& options) {
  if (options.token_file.empty() && options.token.empty()) return "";
  if (!options.token_file.empty() && !options.token.empty()) {
    return absl::InvalidArgumentError(
        "token and token_file: expected one of them, got both");
  }
  std::string token = options.token;
  if (token.empty()) {
    HG_ASSIGN_OR_RETURN(
        token, ReadRegularFile(options.token_file, 2 * kMaxTokenBytes));
    absl::StripAsciiWhitespace(&token);
  }
  if (!token.empty() && token.size() <= kMaxTokenBytes && IsVisible(token)) {
    return token;
  }
  // Never the token itself: messages end up in logs.
  return absl::InvalidArgumentError(
      absl::StrCat(options.token_file.empty() ? std::string("token")
                                              : Quoted(options.token_file, 255),
                   ": expected 1 to ", kMaxTokenBytes,
                   " visible ASCII characters as a token, got ",
                   token.empty() ? "none" : "others or more"));
}

absl::Status CheckTokenIsSafe(const std::string& target,
                              const ClientOptions& options) {
  const bool has_token = !options.token.empty() || !options.token_file.empty();
  if (!has_token || options.tls.has_value() || IsThisMachine(target)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "token: expected TLS to ", Quoted(target),
      ", since anybody on the way could read the token, got plain text"));
}

}  // namespace hypergan::client
