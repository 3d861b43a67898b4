#pragma once

#include <cstdint>
#include <string>

#include "hypergan/checkpoint/manifest.h"

namespace hypergan::client {

// A model version that a server offers.
struct Model {
  std::string name;
  std::string version;
  Manifest manifest;
  std::string manifest_json;  // as it stands in the checkpoint
  // Limits of one request; 0 from a server that does not tell.
  int64_t max_networks = 0;        // on N
  int64_t max_rows = 0;            // on B
  int64_t max_row_networks = 0;    // on B x N
  int64_t max_request_bytes = 0;   // on its message
  int64_t max_response_bytes = 0;  // on the answer's message
};

}  // namespace hypergan::client
