#include "hypergan/cores.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>

namespace hypergan {
namespace {

std::string Line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// As a container sees its own group: version 2 of control groups, else 1.
std::optional<double> Quota() {
  if (auto cores = CoresOfQuota(Line("/sys/fs/cgroup/cpu.max"))) return cores;
  return CoresOfQuota(Line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") + " " +
                      Line("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
}

}  // namespace

std::optional<double> CoresOfQuota(const std::string& cpu_max) {
  std::istringstream text(cpu_max);
  double quota = 0, period = 0;
  if (!(text >> quota >> period) || quota <= 0 || period <= 0) {
    return std::nullopt;
  }
  return quota / period;
}

int AvailableCores() {
  const auto cores =
      static_cast<double>(std::max(1U, std::thread::hardware_concurrency()));
  const double quota = std::ceil(Quota().value_or(cores));
  return static_cast<int>(std::clamp(quota, 1.0, cores));
}

}  // namespace hypergan
