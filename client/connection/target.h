#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hypergan::client {

// May a channel be made to `target`? It is HOST:PORT (base/host_port.h), or one
// of the names of gRPC: dns:[//AUTHORITY/]HOST[:PORT], ipv4:ADDRESS:PORT[,...],
// ipv6:[ADDRESS]:PORT[,...], unix:PATH, unix-abstract:NAME, xds:...,
// google-c2p:... gRPC itself takes a port modulo 65536, and 443 where there is
// none. INVALID_ARGUMENT says what was expected.
absl::Status CheckTarget(absl::string_view target);

// Does what is sent to `target` stay on this machine?
bool IsThisMachine(absl::string_view target);

}  // namespace hypergan::client
