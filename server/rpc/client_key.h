#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace hypergan::server {

// Whose request it is, for clients to share the queue fairly: of gRPC's name of
// a peer ("ipv4:1.2.3.4:567") the address without the port, and of IPv6 the
// first half of it, for the second is the client's to choose. Anything else, as
// the path of a Unix socket, as it is. At most 64 bytes.
std::string ClientKey(absl::string_view peer);

}  // namespace hypergan::server
