#include <iostream>
#include <vector>

#include "absl/flags/flag.h"
#include "base/status_macros.h"
#include "client/cli/connect.h"
#include "client/cli/flags.h"
#include "client/cli/verbs/verbs.h"
#include "client/cli/views/json.h"
#include "client/cli/views/models_view.h"

namespace hypergan::client {

absl::Status RunModels() {
  HG_ASSIGN_OR_RETURN(
      const Client client,
      ConnectByFlags(kDefaultDeadline, RetryPolicy().max_attempts));
  const bool one = !absl::GetFlag(FLAGS_model).empty();
  std::vector<Model> models;
  if (one) {
    HG_ASSIGN_OR_RETURN(Model model, ModelByFlags(client));
    models.push_back(std::move(model));
  } else {
    HG_ASSIGN_OR_RETURN(models, client.ListModels());
  }
  if (absl::GetFlag(FLAGS_json)) {
    std::cout << ModelsJson(models);
  } else {
    std::cout << (one ? RenderModel(models.front()) : RenderModels(models));
  }
  return absl::OkStatus();
}

}  // namespace hypergan::client
