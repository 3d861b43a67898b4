#pragma once

#include "hypergan/checkpoint/manifest.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/serving/admission/limits.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {

void EncodeManifest(const Manifest& manifest, v1::Manifest* message);

// Everything that ListModels and GetModel tell of one version.
void EncodeModel(const ServedModel& model, const Limits& limits,
                 v1::Model* message);

}  // namespace hypergan::server
