#pragma once

#include "inference/grpc_service.pb.h"
#include "server/serving/admission/limits.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server::open_inference {

// What ModelMetadata tells of a version, but for the versions that there are.
inference::ModelMetadataResponse DescribeModel(const ServedModel& model);

// What ModelConfig tells of it, as Triton would of a model of its own.
inference::ModelConfig ConfigureModel(const ServedModel& model,
                                      const Limits& limits);

}  // namespace hypergan::server::open_inference
