#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hypergan {

// The cores that this process may use, at least 1: those of its affinity
// (taskset, cpusets), but no more than the quotas of time of its control groups
// allow, rounded up. More threads than that stop together when the quota is
// used up.
int AvailableCores();

// What to tell somebody who asks for `threads` on `cores`, where as many are
// started as there are cores; empty where that many may be started. More of
// them only get into each other's way: on two cores, 64 threads take five times
// as long as two.
std::string ThreadsWarning(int threads, int cores);

// The cores of the calling thread's affinity; on a machine of any size.
int CoresOfAffinity();

// The smallest quota, in cores, of this process's control group and of the
// groups around it; none without a quota. Both versions of control groups,
// whose files are read below `root`, "" for the machine's own.
std::optional<double> CoresOfControlGroups(const std::string& root);

// The quota of the text of a control group's cpu.max, "QUOTA PERIOD" in
// microseconds, in cores; none for "max PERIOD" and for what is no such text.
std::optional<double> CoresOfQuota(absl::string_view cpu_max);

}  // namespace hypergan
