#pragma once

#include <string>

namespace hypergan::server {

// Makes one call on a connection of its own over the loopback, with that value
// of the header grpc-timeout, which gRPC's own client would round, or without
// the header if it is empty. Returns grpc-status of the answer as text, "none"
// if there was none.
std::string StatusOfRawCall(int port, const std::string& path,
                            const std::string& timeout,
                            const std::string& message);

}  // namespace hypergan::server
