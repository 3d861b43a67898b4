#include "server/rpc/v1/manifest_codec.h"

#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

void EncodeCalibration(const Calibration& calibration,
                       v1::Calibration* message) {
  message->set_primary_score(calibration.primary_score);
  message->set_rows(calibration.rows);
  message->set_threshold(calibration.threshold);
  message->mutable_quantiles()->Assign(calibration.quantiles.begin(),
                                       calibration.quantiles.end());
  message->set_networks(calibration.networks);
  for (const NetworkQuantiles& other : calibration.other_networks) {
    v1::NetworkQuantiles& quantiles = *message->add_other_networks();
    quantiles.set_networks(other.networks);
    quantiles.mutable_quantiles()->Assign(other.quantiles.begin(),
                                          other.quantiles.end());
  }
}

v1::Task EncodeTask(Task task) {
  return task == Task::kClassification ? v1::TASK_CLASSIFICATION
                                       : v1::TASK_REGRESSION;
}

}  // namespace

void EncodeManifest(const Manifest& manifest, v1::Manifest* message) {
  message->set_format_version(manifest.format_version);
  message->set_task(EncodeTask(manifest.task));
  message->set_noise_size(manifest.noise_size);
  message->set_members(manifest.members);
  message->set_pool_temperature(manifest.pool_temperature);
  message->mutable_input_shape()->Assign(manifest.input_shape.begin(),
                                         manifest.input_shape.end());
  message->set_num_outputs(manifest.num_outputs);
  message->mutable_class_names()->Assign(manifest.class_names.begin(),
                                         manifest.class_names.end());
  message->set_default_num_networks(manifest.default_num_networks);
  message->set_target_network(manifest.target_network);
  if (manifest.calibration.has_value()) {
    EncodeCalibration(*manifest.calibration, message->mutable_calibration());
  }
  message->mutable_noise_deviation()->Assign(manifest.noise_deviation.begin(),
                                             manifest.noise_deviation.end());
  const InputRange& range = manifest.input_range;
  message->mutable_input_least()->Assign(range.least.begin(),
                                         range.least.end());
  message->mutable_input_greatest()->Assign(range.greatest.begin(),
                                            range.greatest.end());
  message->mutable_input_names()->Assign(manifest.input_names.begin(),
                                         manifest.input_names.end());
  message->mutable_output_names()->Assign(manifest.output_names.begin(),
                                          manifest.output_names.end());
  if (manifest.label_calibration) {
    message->set_label_calibration_rows(manifest.label_calibration->rows);
  }
  message->mutable_provenance()->insert(manifest.provenance.begin(),
                                        manifest.provenance.end());
  message->mutable_validation()->insert(manifest.validation.begin(),
                                        manifest.validation.end());
}

void EncodeModel(const ServedModel& model, const Limits& limits,
                 v1::Model* message) {
  message->set_name(model.name);
  message->set_version(absl::StrCat(model.version));
  EncodeManifest(model.engine->manifest(), message->mutable_manifest());
  message->set_manifest_json(model.engine->manifest_json());
  message->set_max_networks(limits.max_networks);
  message->set_max_rows(limits.max_rows);
  message->set_max_row_networks(limits.max_row_networks);
  message->set_max_request_bytes(limits.max_request_bytes);
  message->set_max_response_bytes(limits.max_response_bytes);
}

}  // namespace hypergan::server
