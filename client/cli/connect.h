#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client.h"

namespace hypergan::client {

// Of a request, where --deadline is 0.
inline constexpr absl::Duration kDefaultDeadline = absl::Seconds(60);

// How to connect, by the flags. `deadline` is for --deadline=0, and
// `max_attempts` bounds the attempts of one request.
absl::StatusOr<ClientOptions> OptionsByFlags(absl::Duration deadline,
                                             int max_attempts);

// A client of --server by these options.
absl::StatusOr<Client> ConnectByFlags(absl::Duration deadline,
                                      int max_attempts);

// The model by --model and --model_version. INVALID_ARGUMENT, naming the
// choice, if there are several and none is named.
absl::StatusOr<Model> ModelByFlags(const Client& client);

}  // namespace hypergan::client
