#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "prometheus/exposer.h"
#include "prometheus/registry.h"

namespace hypergan::server {

// Serves a registry over HTTP at /metrics, from threads of its own, while it
// lives.
class MetricsEndpoint {
 public:
  // Listens on `address` (host:port; port 0 takes a free one). UNAVAILABLE if
  // the address cannot be had.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(
      const std::string& address,
      const std::shared_ptr<prometheus::Registry>& registry);

  // The bound port.
  int port() const { return exposer_.GetListeningPorts().front(); }

 private:
  explicit MetricsEndpoint(const std::string& address) : exposer_(address) {}

  prometheus::Exposer exposer_;
};

}  // namespace hypergan::server
