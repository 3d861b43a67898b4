#pragma once

#include "inference/grpc_service.pb.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server::open_inference {

// What ModelStatistics tells of one version.
inference::ModelStatistics StatisticsOf(const ServedModel& model);

}  // namespace hypergan::server::open_inference
