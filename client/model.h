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
  int64_t max_networks = 0;   // the limit on N
  int64_t max_rows = 0;       // the limit on B
};

}  // namespace hypergan::client
