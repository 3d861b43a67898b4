#pragma once

#include <string>

#include "absl/time/time.h"
#include "prometheus/registry.h"
#include "server/serving/admission/limits.h"
#include "server/serving/flagged/flagged_requests.h"
#include "server/serving/models/current_models.h"

namespace hypergan::server {

// What the status page shows, all borrowed.
struct StatusParts {
  const prometheus::Registry& registry;
  const CurrentModels& models;
  const FlaggedRequests& flagged;
  const Limits& limits;
};

// The answer to /status.json: the figures of the registry since the start, by
// model and version, with what the manifests say of them, as one JSON object.
// It grows with the models that are served and with nothing that clients send.
std::string StatusJson(const StatusParts& parts, absl::Time now);

}  // namespace hypergan::server
