#include "base/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/quoted.h"

namespace hypergan {
namespace {

constexpr size_t kDigits = 64;

std::string FileName(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

}  // namespace

std::string Sha256(absl::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // It fails for want of memory alone; then it has no digits.
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(),
                 nullptr) != 1) {
    size = 0;
  }
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::string DigestPath(const std::string& path) { return path + ".sha256"; }

std::string DigestLine(absl::string_view digest, const std::string& path) {
  return absl::StrCat(digest, "  ", FileName(path), "\n");
}

absl::StatusOr<std::string> ParseDigestLine(absl::string_view text,
                                            const std::string& path) {
  absl::string_view rest = text;
  const absl::string_view digest = rest.substr(0, kDigits);
  rest.remove_prefix(digest.size());
  absl::ConsumeSuffix(&rest, "\n");
  // A star stands for sha256sum's binary mode.
  const bool is_separated =
      absl::ConsumePrefix(&rest, "  ") || absl::ConsumePrefix(&rest, " *");
  if (digest.size() == kDigits && is_separated && rest == FileName(path) &&
      std::all_of(digest.begin(), digest.end(), absl::ascii_isxdigit)) {
    return absl::AsciiStrToLower(digest);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(DigestPath(path), ": expected the line of sha256sum for ",
                   FileName(path), ", got ", Quoted(std::string(text), 120)));
}

}  // namespace hypergan
