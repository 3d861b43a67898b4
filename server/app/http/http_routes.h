#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "prometheus/registry.h"
#include "server/app/http/http_server.h"

namespace hypergan::server {

// Where the answers come from.
struct HttpSources {
  std::shared_ptr<prometheus::Registry> registry;
  std::function<bool()> ready;
  // Called before the registry is read, by one thread at a time.
  std::function<void()> update;
  std::function<std::string()> status_json;
};

// What the server tells over HTTP:
//   /metrics      the registry, for Prometheus
//   /healthz      200 as long as the process answers
//   /readyz       200 while `ready` says so, else 503
//   /             the status page, with /status.js and /status.css
//   /status.json  what the page shows
std::vector<HttpRoute> HttpRoutes(const HttpSources& sources);

}  // namespace hypergan::server
