#include "server/serving/models/model_loading.h"

#include <algorithm>
#include <vector>

#include "base/status_macros.h"
#include "server/serving/admission/query_check.h"
#include "server/serving/scheduling/piece_plan.h"

namespace hypergan::server {

absl::Status WarmUp(const Engine& engine, const Limits& limits,
                    const Interrupt& interrupt) {
  const Manifest& manifest = engine.manifest();
  const std::vector<float> zeros(manifest.RowSize());
  const int64_t count = std::clamp<int64_t>(
      manifest.default_num_networks, 1,
      std::min(limits.max_networks,
               PiecePlan(limits).MostNetworks(1, engine.network_bytes())));
  const NetworkRange range{0, 0, count};
  HG_ASSIGN_OR_RETURN(const auto sets, engine.Draw({&range, 1}, interrupt));
  HG_ASSIGN_OR_RETURN(const auto session, engine.Open({zeros, 1, false}));
  const NetworkSlice networks{sets.front(), 0, count};
  HG_RETURN_IF_ERROR(session->Add({&networks, 1}, interrupt));
  if (session->FirstOverflow(0, 1)) {
    return absl::InternalError(
        "expected finite outputs about zeros, got others");
  }
  HG_ASSIGN_OR_RETURN(const EnsemblePrediction prediction,
                      session->Result(0, 1));
  return CheckPrediction(prediction, 1, count, false, manifest);
}

}  // namespace hypergan::server
