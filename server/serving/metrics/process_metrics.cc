#include "server/serving/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/serving/metrics/metric_families.h"

namespace hypergan::server {
namespace {

// Indices of proc(5)'s fields of /proc/<pid>/stat, counted from the state, the
// third: before it is the program's name, which may hold anything.
constexpr size_t kUserTicks = 14 - 3;
constexpr size_t kSystemTicks = 15 - 3;
constexpr size_t kThreads = 20 - 3;
constexpr size_t kStartTicks = 22 - 3;
constexpr size_t kVirtualBytes = 23 - 3;
constexpr size_t kResidentPages = 24 - 3;

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Empty where there is no such file.
std::vector<double> StatFields() {
  const std::string text = ReadFile("/proc/self/stat");
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return {};
  std::vector<double> fields;
  for (absl::string_view word :
       absl::StrSplit(text.substr(name_end + 2), ' ')) {
    double value = 0;
    (void)absl::SimpleAtod(word, &value);  // the state is no number
    fields.push_back(value);
  }
  if (fields.size() <= kResidentPages) fields.clear();
  return fields;
}

// Seconds since the epoch; 0 where nobody says.
double BootTime() {
  for (absl::string_view line : absl::StrSplit(ReadFile("/proc/stat"), '\n')) {
    double seconds = 0;
    if (absl::ConsumePrefix(&line, "btime ") &&
        absl::SimpleAtod(line, &seconds)) {
      return seconds;
    }
  }
  return 0;
}

prometheus::Gauge& ProcessGauge(prometheus::Registry& registry,
                                std::string_view name) {
  return GaugeFamily(registry, name).Add({});
}

}  // namespace

ProcessMetrics::ProcessMetrics(prometheus::Registry& registry)
    : cpu_seconds_(
          CounterFamily(registry, "process_cpu_seconds_total").Add({})),
      start_time_(ProcessGauge(registry, "process_start_time_seconds")),
      resident_bytes_(ProcessGauge(registry, "process_resident_memory_bytes")),
      virtual_bytes_(ProcessGauge(registry, "process_virtual_memory_bytes")),
      threads_(ProcessGauge(registry, "process_threads")),
      open_files_(ProcessGauge(registry, "process_open_fds")),
      max_files_(ProcessGauge(registry, "process_max_fds")) {
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::vector<double> stat = StatFields();
  if (!stat.empty()) start_time_.Set(BootTime() + stat[kStartTicks] / ticks);
  Update();
}

void ProcessMetrics::Update() {
  UpdateFromStat();
  UpdateFiles();
}

void ProcessMetrics::UpdateFromStat() {
  const std::vector<double> stat = StatFields();
  if (stat.empty()) return;
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const double cpu = (stat[kUserTicks] + stat[kSystemTicks]) / ticks;
  cpu_seconds_.Increment(std::max(cpu - cpu_seconds_.Value(), 0.0));
  threads_.Set(stat[kThreads]);
  virtual_bytes_.Set(stat[kVirtualBytes]);
  resident_bytes_.Set(stat[kResidentPages] *
                      static_cast<double>(sysconf(_SC_PAGESIZE)));
}

void ProcessMetrics::UpdateFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  // One of them is the folder itself.
  if (!error) {
    open_files_.Set(
        static_cast<double>(std::distance(begin(files), end(files)) - 1));
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    max_files_.Set(static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace hypergan::server
