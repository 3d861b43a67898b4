#pragma once

#include "server/rpc/access.h"
#include "server/rpc/calls/open_calls.h"
#include "server/rpc/request_log.h"
#include "server/serving/admission/input_range.h"
#include "server/serving/admission/limits.h"
#include "server/serving/clock.h"
#include "server/serving/flagged/flagged_capture.h"
#include "server/serving/flagged/flagged_requests.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/models/current_models.h"
#include "server/serving/scheduling/scheduler.h"

namespace hypergan::server {

// What every protocol's service works with, all borrowed for its life.
struct ServiceParts {
  const Limits& limits;
  const Clock& clock;
  const Access& access;
  const RequestLog& log;
  const CurrentModels& models;
  Scheduler& scheduler;
  Metrics& metrics;
  OpenCalls& calls;
  InputRangePolicy input_range = InputRangePolicy::kWarn;
  FlaggedRequests* flagged = nullptr;  // where flagged requests are noted
  FlaggedCapture* capture = nullptr;   // where their rows are kept
};

}  // namespace hypergan::server
