#pragma once

#include <string>

#include "client/options.h"

namespace hypergan::client {

// gRPC's service config of a channel, as JSON: round robin over all addresses
// of a name, retries, and, with `health_checks`, only servers whose health
// service says SERVING.
std::string ServiceConfig(const RetryPolicy& retry, bool health_checks);

}  // namespace hypergan::client
