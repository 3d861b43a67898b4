#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection/attempts.h"
#include "client/connection/channel.h"
#include "client/connection/running_calls.h"
#include "client/known_models.h"
#include "client/options.h"
#include "client/wire.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "hypergan/v1/ensemble.grpc.pb.h"

namespace hypergan::client {

// What the calls of one client share. Safe for any thread.
struct Connection {
  // Without health checks `plain` asks a server of its health, whatever that
  // is.
  Connection(const std::shared_ptr<grpc::Channel>& channel,
             const std::shared_ptr<grpc::Channel>& plain, ClientOptions opts)
      : options(std::move(opts)), ensemble(channel), health(plain) {}
  ~Connection() { running.CancelAndWait(); }

  // How an attempt ended.
  struct Ended {
    absl::Status status;
    std::optional<absl::Duration> pushback;
  };

  // Blocks for `method` of `stub` until its end, the deadline, or the last
  // attempt of a call that the server is too busy for.
  template <typename Stub, typename Request, typename Response>
  Ended Call(Stub& stub,
             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                          Response*),
             const Request& request, Response& response) {
    Clock& clock = *options.clock;
    Attempts attempts = NewAttempts();
    while (true) {
      grpc::ClientContext context;
      const absl::Status ready =
          SetUp(context, options, attempts.deadline() - clock.Now());
      if (!ready.ok()) return {ready, std::nullopt};
      Ended ended;
      ended.status = ToAbslStatus((stub.*method)(&context, request, &response));
      ended.pushback = PushbackOf(context);
      const std::optional<absl::Duration> pause =
          attempts.PauseAfter(ended.status, ended.pushback, clock.Now());
      if (!pause) return ended;
      clock.Sleep(*pause);
    }
  }

  // Those of a call that begins now.
  Attempts NewAttempts() const {
    return Attempts(options.retry.max_attempts,
                    options.clock->Now() + options.deadline);
  }

  const ClientOptions options;
  v1::EnsembleService::Stub ensemble;
  grpc::health::v1::Health::Stub health;
  KnownModels known;
  RunningCalls running;
};

}  // namespace hypergan::client
