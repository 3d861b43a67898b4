#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hypergan::server {

// A string from outside, fit for a log line or an error message: in single
// quotes, everything but printable ASCII escaped, cut to `max_bytes` of the
// original with "..." in place of the rest.
std::string Quoted(std::string_view text, size_t max_bytes = 64);

}  // namespace hypergan::server
