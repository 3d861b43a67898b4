#include "server/app/http/http_routes.h"

#include "prometheus/text_serializer.h"
#include "server/app/http/status_page.h"

namespace hypergan::server {
namespace {

HttpRoute FileRoute(const char* path, const char* type,
                    std::string_view content) {
  return {path,
          [type, content] {
            return HttpAnswer{.content_type = type,
                              .body = std::string(content)};
          },
          /*quick=*/true};
}

}  // namespace

std::vector<HttpRoute> HttpRoutes(const HttpSources& sources) {
  const auto metrics = [sources] {
    sources.update();
    return HttpAnswer{
        .content_type = "text/plain; version=0.0.4; charset=utf-8",
        .body = prometheus::TextSerializer().Serialize(
            sources.registry->Collect())};
  };
  const auto status = [sources] {
    sources.update();
    return HttpAnswer{.content_type = "application/json",
                      .body = sources.status_json()};
  };
  const auto healthz = [] { return HttpAnswer{.body = "ok\n"}; };
  const auto readyz = [sources] {
    return sources.ready() ? HttpAnswer{.body = "ready\n"}
                           : HttpAnswer{.status = 503, .body = "not ready\n"};
  };
  return {{"/metrics", metrics},
          {"/status.json", status},
          {"/healthz", healthz, /*quick=*/true},
          {"/readyz", readyz, /*quick=*/true},
          FileRoute("/", "text/html; charset=utf-8", kStatusHtml),
          FileRoute("/status.js", "text/javascript; charset=utf-8", kStatusJs),
          FileRoute("/status.css", "text/css; charset=utf-8", kStatusCss)};
}

}  // namespace hypergan::server
