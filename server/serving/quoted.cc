#include "server/serving/quoted.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace hypergan::server {

std::string Quoted(std::string_view text, size_t max_bytes) {
  const bool whole = text.size() <= max_bytes;
  const std::string shown(text.substr(0, max_bytes));
  return absl::StrCat("'", absl::CHexEscape(shown), whole ? "'" : "...'");
}

}  // namespace hypergan::server
