#pragma once

#include "absl/status/status.h"

// What hypergan-client can do, each by its flags. Results go to the standard
// output; an error is returned, with nothing printed.
namespace hypergan::client {

absl::Status RunPredict();
absl::Status RunExplain();
absl::Status RunCompare();
absl::Status RunModels();
absl::Status RunBench();

// Prints what the server says; `serving` is whether it is SERVING.
absl::Status RunHealth(bool* serving);

}  // namespace hypergan::client
