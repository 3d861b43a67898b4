#include "server/rpc/access.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/rpc/client_key.h"
#include "server/serving/metrics/metric_registration.h"

namespace hypergan::server {
namespace {

constexpr char kAuthorization[] = "authorization";
constexpr absl::string_view kScheme = "Bearer ";

absl::string_view View(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

constexpr size_t kMaxNameBytes = 256;

// What the client's certificate calls it: the first of its alternative names,
// or else its common name; empty without a certificate. TLS has verified it.
std::string CertificateName(const grpc::CallbackServerContext& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return "";
  for (const char* property :
       {"x509_subject_alternative_name", "x509_common_name"}) {
    const std::vector<grpc::string_ref> names =
        auth->FindPropertyValues(property);
    if (!names.empty() && !names.front().empty()) {
      return std::string(View(names.front()).substr(0, kMaxNameBytes));
    }
  }
  return "";
}

Caller CallerByConnection(const grpc::CallbackServerContext& context) {
  Caller caller;
  caller.name = CertificateName(context);
  caller.key = caller.name.empty() ? ClientKey(context.peer())
                                   : absl::StrCat("certificate:", caller.name);
  return caller;
}

prometheus::Counter& AddRefused(prometheus::Registry& registry) {
  return CounterFamily(registry, "hypergan_unauthenticated_calls_total")
      .Add({});
}

}  // namespace

Access::Access(const CurrentTokens* tokens, bool open_probes,
               prometheus::Registry& registry)
    : tokens_(tokens),
      open_probes_(open_probes),
      refused_(AddRefused(registry)) {}

absl::StatusOr<Caller> Access::Admit(const grpc::CallbackServerContext& context,
                                     Admission admission) const {
  Caller caller = CallerByConnection(context);
  if (tokens_ == nullptr) return caller;
  if (admission == Admission::kProbe && open_probes_) return caller;
  const auto token = TokenOf(context);
  if (!token.ok()) {
    refused_.Increment();
    return token.status();
  }
  const auto table = tokens_->Get();
  const TokenTable::Entry* entry = table->Find(*token);
  if (entry == nullptr) {
    refused_.Increment();
    return absl::UnauthenticatedError(
        "the token is not known; ask for a new one");
  }
  caller.name = entry->name;
  caller.key = absl::StrCat("token:", entry->name);
  caller.models = entry->models;
  return caller;
}

absl::StatusOr<std::string> Access::TokenOf(
    const grpc::CallbackServerContext& context) const {
  const auto& metadata = context.client_metadata();
  const size_t count = metadata.count(kAuthorization);
  if (count != 1) {
    return absl::UnauthenticatedError(
        absl::StrCat("expected the metadata 'authorization: Bearer TOKEN' "
                     "once, got it ",
                     count, " times"));
  }
  const absl::string_view value = View(metadata.find(kAuthorization)->second);
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return absl::UnauthenticatedError(
        "authorization: expected 'Bearer TOKEN', got another scheme");
  }
  return std::string(value.substr(kScheme.size()));
}

absl::Status CheckMayAsk(const Caller& caller, std::string_view model) {
  if (caller.MayAsk(model)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the token of ", Quoted(caller.name),
                   " does not open the model ", Quoted(model)));
}

absl::StatusOr<const ServedModel*> FindFor(const Caller& caller,
                                           const ModelTable& table,
                                           std::string_view name,
                                           std::string_view version) {
  HG_RETURN_IF_ERROR(CheckMayAsk(caller, name));
  auto found = table.Find(name, version);
  if (found.ok() || caller.models == nullptr ||
      !absl::IsNotFound(found.status())) {
    return found;
  }
  return absl::NotFoundError(absl::StrCat("no model ", Quoted(name),
                                          ", or no version ", Quoted(version),
                                          " of it"));
}

}  // namespace hypergan::server
