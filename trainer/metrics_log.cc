#include "trainer/metrics_log.h"

#include <cerrno>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace hypergan::trainer {

absl::Status MetricsLog::Append(const nlohmann::ordered_json& record) const {
  std::ofstream file(path_, std::ios::app);
  file << record.dump() << '\n';
  file.close();
  if (file.fail()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("writing ", path_));
  }
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
