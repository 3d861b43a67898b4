#include "server/serving/models/model_loading.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "server/serving/admission/query_check.h"
#include "server/serving/models/model_name.h"
#include "server/serving/scheduling/piece_plan.h"

namespace hypergan::server {
namespace {

constexpr size_t kShownReasons = 4;

absl::StatusOr<std::shared_ptr<const Engine>> LoadOne(
    const ModelFile& file, const EngineLoader& loader, const Limits& limits,
    const Interrupt& interrupt) {
  HG_RETURN_IF_ERROR(file.problem);
  HG_ASSIGN_OR_RETURN(std::shared_ptr<const Engine> engine,
                      loader(CheckpointFile(file.path)));
  HG_RETURN_IF_ERROR(WarmUp(*engine, limits, interrupt));
  return engine;
}

absl::Status NothingLoaded(std::vector<std::string> reasons) {
  if (reasons.empty()) {
    return absl::FailedPreconditionError(
        "the repository has no <model>/<version>/model.pt or "
        "model.safetensors");
  }
  if (reasons.size() > kShownReasons) {
    const size_t others = reasons.size() - kShownReasons;
    reasons.resize(kShownReasons);
    reasons.push_back(absl::StrCat("and ", others, " more"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("no model could be loaded: ", absl::StrJoin(reasons, "; ")));
}

}  // namespace

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

absl::StatusOr<std::unique_ptr<const ModelTable>> LoadModels(
    const std::vector<ModelFile>& files, const EngineLoader& loader,
    const Limits& limits, const Interrupt& interrupt, const Log& log,
    Metrics& metrics) {
  auto table = std::make_unique<ModelTable>();
  std::vector<std::string> reasons;
  for (const ModelFile& file : files) {
    HG_RETURN_IF_ERROR(interrupt());
    const absl::Time start = absl::Now();
    auto engine = LoadOne(file, loader, limits, interrupt);
    if (!engine.ok()) {
      metrics.CountLoadFailure();
      reasons.push_back(absl::StrCat(ModelName(file.name, file.version), ": ",
                                     engine.status().message()));
      log(absl::StrCat("could not load ", reasons.back()));
      continue;
    }
    log(absl::StrCat("loaded ", ModelName(file.name, file.version), " in ",
                     absl::FormatDuration(absl::Now() - start)));
    table->Add({file.name, file.version, *std::move(engine),
                &metrics.AddModel(file.name, file.version)});
  }
  HG_RETURN_IF_ERROR(interrupt());
  if (table->size() == 0) return NothingLoaded(std::move(reasons));
  return table;
}

}  // namespace hypergan::server
