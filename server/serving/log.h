#pragma once

#include <functional>
#include <string_view>

namespace hypergan::server {

// Takes one event as one line of text without its line feed. Thread-safe.
using Log = std::function<void(std::string_view line)>;

}  // namespace hypergan::server
