#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace hypergan::server {

// What a path answers.
struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

struct HttpRoute {
  std::string path;  // "/metrics"; compared without a query
  // Called by one thread at a time of those routes that are alike in `quick`.
  std::function<HttpAnswer()> answer;
  // It takes no time worth a thread: answered at once, whatever the others do.
  bool quick = false;
};

// What peers can make the server hold. Beyond it connections are closed, those
// first that have been at their request, or at their answer, for the longest.
struct HttpLimits {
  // From a connection's start, or its last answer, to the end of the request's
  // headers, however steadily they come; and from there to the answer's end.
  absl::Duration request_time = absl::Seconds(5);
  absl::Duration answer_time = absl::Seconds(5);
  size_t connections = 512;  // half of them at requests, half at answers
  size_t header_bytes = 8192;
  size_t answer_bytes = size_t{64} << 20;  // of all that are not yet delivered
};

// A small HTTP/1.1 server of GET and HEAD for probes, scrapers and people. One
// thread serves all connections, so one that is idle or slow costs nobody else;
// another makes the answers that take time. Stops when this goes. The rest is
// answered 400 (not HTTP), 404, 405 (with Allow) and 431 (long headers).
class HttpServer {
 public:
  // Errors as Listen.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const std::string& address, std::vector<HttpRoute> routes,
      const HttpLimits& limits = {});
  ~HttpServer();

  // The bound port.
  int port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace hypergan::server
