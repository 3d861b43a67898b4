#include "server/app/http_routes.h"

#include "prometheus/text_serializer.h"

namespace hypergan::server {

std::vector<HttpRoute> HttpRoutes(
    const std::shared_ptr<prometheus::Registry>& registry,
    const std::function<bool()>& ready) {
  const auto metrics = [registry] {
    return HttpAnswer{
        .content_type = "text/plain; version=0.0.4; charset=utf-8",
        .body = prometheus::TextSerializer().Serialize(registry->Collect())};
  };
  const auto healthz = [] { return HttpAnswer{.body = "ok\n"}; };
  const auto readyz = [ready] {
    return ready() ? HttpAnswer{.body = "ready\n"}
                   : HttpAnswer{.status = 503, .body = "not ready\n"};
  };
  return {{"/metrics", metrics},
          {"/healthz", healthz, /*quick=*/true},
          {"/readyz", readyz, /*quick=*/true}};
}

}  // namespace hypergan::server
