#include "client/cli/connect.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/cli/flags.h"

namespace hypergan::client {
namespace {

std::optional<TlsOptions> TlsByFlags() {
  TlsOptions tls{
      .root_certificates = absl::GetFlag(FLAGS_tls_root_certificates),
      .certificate = absl::GetFlag(FLAGS_tls_certificate),
      .private_key = absl::GetFlag(FLAGS_tls_private_key),
      .server_name = absl::GetFlag(FLAGS_tls_server_name)};
  const bool wanted = absl::GetFlag(FLAGS_tls) ||
                      !tls.root_certificates.empty() ||
                      !tls.certificate.empty() || !tls.private_key.empty() ||
                      !tls.server_name.empty();
  return wanted ? std::optional<TlsOptions>(std::move(tls)) : std::nullopt;
}

}  // namespace

absl::StatusOr<ClientOptions> OptionsByFlags(absl::Duration deadline,
                                             int max_attempts) {
  ClientOptions options;
  const absl::Duration wanted = absl::GetFlag(FLAGS_deadline);
  if (wanted < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--deadline: expected a time that is not negative, got ",
                     absl::FormatDuration(wanted)));
  }
  options.deadline = wanted == absl::ZeroDuration() ? deadline : wanted;
  options.retry.max_attempts = max_attempts;
  options.tls = TlsByFlags();
  options.token_file = absl::GetFlag(FLAGS_token_file);
  return options;
}

absl::StatusOr<Client> ConnectByFlags(absl::Duration deadline,
                                      int max_attempts) {
  HG_ASSIGN_OR_RETURN(const ClientOptions options,
                      OptionsByFlags(deadline, max_attempts));
  return Client::Connect(absl::GetFlag(FLAGS_server), options);
}

absl::StatusOr<Model> ModelByFlags(const Client& client) {
  std::string name = absl::GetFlag(FLAGS_model);
  if (name.empty()) {
    HG_ASSIGN_OR_RETURN(const std::vector<Model> models, client.ListModels());
    std::set<std::string> names;
    for (const Model& model : models) names.insert(model.name);
    if (names.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("--model: expected one of the server's models (",
                       absl::StrJoin(names, ", "), "), got none"));
    }
    name = *names.begin();
  }
  return client.GetModel(name, absl::GetFlag(FLAGS_model_version));
}

}  // namespace hypergan::client
