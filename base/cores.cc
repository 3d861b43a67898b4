#include "base/cores.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/regular_file.h"

namespace hypergan {
namespace {

// The files of a control group are a few numbers, and a process is in a few
// dozen groups at most.
constexpr size_t kMaxFileBytes = 64 << 10;

// The file's text; empty if it cannot be read.
std::string Text(const std::string& path) {
  return ReadRegularFile(path, kMaxFileBytes).value_or("");
}

std::optional<double> Smaller(std::optional<double> a,
                              std::optional<double> b) {
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

// The quota of one group, whose folder holds the files of either version.
std::optional<double> QuotaOfFolder(const std::string& folder) {
  return Smaller(
      CoresOfQuota(Text(folder + "/cpu.max")),
      CoresOfQuota(absl::StrCat(Text(folder + "/cpu.cfs_quota_us"), " ",
                                Text(folder + "/cpu.cfs_period_us"))));
}

// The smallest quota of the group at `path` below `mount` and of those around
// it. A container often sees its own group as the mount itself, whatever its
// path on the machine is: folders that are not there have no quota.
std::optional<double> QuotaOfGroup(const std::string& mount, std::string path) {
  std::optional<double> quota = QuotaOfFolder(mount);
  while (path.size() > 1) {
    quota = Smaller(quota, QuotaOfFolder(mount + path));
    path.resize(path.rfind('/'));
  }
  return quota;
}

bool IsGroupPath(absl::string_view path) {
  return !path.empty() && path[0] == '/' &&
         path.find("..") == absl::string_view::npos;
}

}  // namespace

std::optional<double> CoresOfQuota(absl::string_view cpu_max) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(cpu_max, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  double quota = 0, period = 0;
  const bool is_quota = words.size() == 2 &&
                        absl::SimpleAtod(words[0], &quota) &&
                        absl::SimpleAtod(words[1], &period);
  if (!is_quota || !(quota > 0) || !(period > 0)) return std::nullopt;
  return quota / period;
}

std::optional<double> CoresOfControlGroups(const std::string& root) {
  const std::string groups = root + "/sys/fs/cgroup";
  std::optional<double> cores;
  // Lines are "ID:CONTROLLERS:PATH"; version 2 has the ID 0 and no controllers.
  for (absl::string_view line :
       absl::StrSplit(Text(root + "/proc/self/cgroup"), '\n')) {
    const std::vector<std::string> fields =
        absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    const std::string path = IsGroupPath(fields[2]) ? fields[2] : "/";
    if (fields[0] == "0" && fields[1].empty()) {
      cores = Smaller(cores, QuotaOfGroup(groups, path));
      cores = Smaller(cores, QuotaOfGroup(groups + "/unified", path));
      continue;
    }
    for (absl::string_view controller : absl::StrSplit(fields[1], ',')) {
      if (controller != "cpu") continue;
      cores = Smaller(cores, QuotaOfGroup(groups + "/cpu", path));
      cores = Smaller(cores,
                      QuotaOfGroup(absl::StrCat(groups, "/", fields[1]), path));
    }
  }
  return cores;
}

std::string ThreadsWarning(int threads, int cores) {
  if (threads <= cores) return "";
  return absl::StrCat("--threads=", threads, ": this process may use ", cores,
                      cores == 1 ? " core" : " cores",
                      " (CPU affinity and quota), so ", cores,
                      cores == 1 ? " thread is" : " threads are", " started");
}

int CoresOfAffinity() {
  const int machine =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  // The kernel refuses a mask of fewer CPUs than it may ever have.
  constexpr int kMostCpus = 1 << 20;
  for (int cpus = CPU_SETSIZE; cpus <= kMostCpus; cpus *= 2) {
    cpu_set_t* mask = CPU_ALLOC(cpus);
    if (mask == nullptr) break;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    const int got = sched_getaffinity(0, bytes, mask);
    const int error = errno;
    const int count = got == 0 ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (got == 0 && count > 0) return count;
    if (got != 0 && error != EINVAL) break;
  }
  return machine;
}

int AvailableCores() {
  const int cores = CoresOfAffinity();
  const std::optional<double> quota = CoresOfControlGroups("");
  if (!quota) return cores;
  return static_cast<int>(
      std::clamp(std::ceil(*quota), 1.0, static_cast<double>(cores)));
}

}  // namespace hypergan
