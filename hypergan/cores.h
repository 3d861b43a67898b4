#pragma once

#include <optional>
#include <string>

namespace hypergan {

// The cores that this process may use, 1 at least: those of its affinity, no
// more than its control group's quota of time comes to, rounded up. More
// threads than that stop together when the quota is used up.
int AvailableCores();

// The quota of the text of a control group's cpu.max, "QUOTA PERIOD" in
// microseconds, in cores; none for "max PERIOD" and for what is no such text.
std::optional<double> CoresOfQuota(const std::string& cpu_max);

}  // namespace hypergan
