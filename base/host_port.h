#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan {

struct HostPort {
  std::string host;  // an IPv6 address without its brackets
  uint16_t port = 0;
};

// Reads "HOST:PORT", where HOST is a name, an IPv4 address, an IPv6 address in
// brackets or "*" for all addresses of this machine, and PORT is a decimal
// number. Sockets take a port modulo 65536,
// so one that is out of range must be refused here. INVALID_ARGUMENT says what
// is wrong with the text.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);

}  // namespace hypergan
