#include "server/app/metrics_endpoint.h"

#include <exception>

#include "absl/strings/str_cat.h"

namespace hypergan::server {

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(
    const std::string& address,
    const std::shared_ptr<prometheus::Registry>& registry) {
  try {
    std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint(address));
    endpoint->exposer_.RegisterCollectable(registry);
    return endpoint;
  } catch (const std::exception&) {
    // The exception says "null context when constructing CivetServer" and no
    // more.
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address,
                     " for metrics: in use, or not an address of ours"));
  }
}

}  // namespace hypergan::server
