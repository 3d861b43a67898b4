#include "server/serving/models/model_facts.h"

namespace hypergan::server {

ModelFacts FactsOf(const Engine& engine, const std::string& digest,
                   absl::Duration load_time) {
  const Manifest& manifest = engine.manifest();
  ModelFacts facts;
  facts.digest = digest;
  facts.load_time = load_time;
  if (manifest.task == Task::kClassification) {
    facts.classes = manifest.num_outputs;
  }
  if (manifest.calibration) {
    facts.threshold = manifest.calibration->threshold;
    facts.calibration_rows = manifest.calibration->rows;
  }
  return facts;
}

}  // namespace hypergan::server
