#include "server/rpc/request_log.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace hypergan::server {

void RequestLog::Add(std::string_view method, absl::StatusCode code,
                     absl::Span<const Field> fields) const {
  const std::string code_name = absl::StatusCodeToString(code);
  int64_t left_out = 0;
  if (code != absl::StatusCode::kOk) {
    const auto passed = repeats_.Pass(
        absl::StrCat(code_name, " ", std::string(method)), clock_.Now());
    if (!passed) return;
    left_out = *passed;
  }
  std::vector<Field> line = {
      {"event", "call"}, {"method", method}, {"code", code_name}};
  line.insert(line.end(), fields.begin(), fields.end());
  if (left_out > 0) line.push_back({"left_out", left_out});
  write_(line);
}

}  // namespace hypergan::server
