#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "prometheus/registry.h"
#include "server/app/http_server.h"

namespace hypergan::server {

// What the server tells over HTTP:
//   /metrics  the registry, for Prometheus
//   /healthz  200 as long as the process answers
//   /readyz   200 while `ready` says so, else 503
std::vector<HttpRoute> HttpRoutes(
    const std::shared_ptr<prometheus::Registry>& registry,
    const std::function<bool()>& ready);

}  // namespace hypergan::server
