#pragma once

#include <string>

#include "client/load/report.h"

namespace hypergan::load {

// One JSON object, with the fields that docs/client.md lists. Ends in a new
// line.
std::string ReportJson(const Report& report);

}  // namespace hypergan::load
