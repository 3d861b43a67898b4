#pragma once

#include <string>

namespace hypergan::server {

// The whole answer, status line and headers included, of a GET to a port of the
// loopback; "" if there is none.
std::string HttpGet(int port, const std::string& path);

}  // namespace hypergan::server
