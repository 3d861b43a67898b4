#pragma once

#include <string_view>

namespace hypergan::server {

// The files of server/app/http/status_page/, put into the program by CMake.
extern const std::string_view kStatusHtml;
extern const std::string_view kStatusJs;
extern const std::string_view kStatusCss;

}  // namespace hypergan::server
