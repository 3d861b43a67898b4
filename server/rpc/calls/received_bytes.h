#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace hypergan::server {

// How many bytes this process has received on each of its TCP connections so
// far, by the peer as gRPC writes it (ServerContext::peer). gRPC tells nobody
// how much of a message is there before it is whole; the kernel does.
std::map<std::string, int64_t> ReceivedBytes();

}  // namespace hypergan::server
