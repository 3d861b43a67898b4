#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"
#include "server/serving/access/caller.h"
#include "server/serving/access/current_tokens.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {

// Who may call a method.
enum class Admission {
  kCaller,  // whoever has a token, if tokens are asked for
  kProbe,   // the same, unless probes need none
};

// The one place that decides whether a call is taken, for the methods of every
// protocol. TLS has looked at the client's certificate before. Thread-safe.
class Access {
 public:
  // Borrows the tokens, null if none are asked for, and the registry.
  // `open_probes`: probes need no token.
  Access(const CurrentTokens* tokens, bool open_probes,
         prometheus::Registry& registry);

  // By the metadata "authorization: Bearer TOKEN". UNAUTHENTICATED, which is
  // counted, for no token, several, or one that is not known.
  absl::StatusOr<Caller> Admit(const grpc::CallbackServerContext& context,
                               Admission admission) const;

 private:
  absl::StatusOr<std::string> TokenOf(
      const grpc::CallbackServerContext& context) const;

  const CurrentTokens* const tokens_;
  const bool open_probes_;
  prometheus::Counter& refused_;
};

// PERMISSION_DENIED for a model that the caller may not ask, whether it is
// there or not.
absl::Status CheckMayAsk(const Caller& caller, std::string_view model);

// As ModelTable::Find, for a caller; errors as CheckMayAsk, too. A caller that
// may not ask every model is not told the names of others.
absl::StatusOr<const ServedModel*> FindFor(const Caller& caller,
                                           const ModelTable& table,
                                           std::string_view name,
                                           std::string_view version);

}  // namespace hypergan::server
