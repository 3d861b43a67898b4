#pragma once

#include "server/rpc/open_calls.h"
#include "server/serving/admission/input_range.h"
#include "server/serving/clock.h"
#include "server/serving/flagged/flagged_capture.h"
#include "server/serving/flagged/flagged_requests.h"
#include "server/serving/limits.h"
#include "server/serving/log.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/models/current_models.h"
#include "server/serving/scheduling/scheduler.h"

namespace hypergan::server {

// What every protocol's service works with, all borrowed for its life.
struct ServiceParts {
  const Limits& limits;
  const Clock& clock;
  const Log& log;
  const CurrentModels& models;
  Scheduler& scheduler;
  Metrics& metrics;
  OpenCalls& calls;
  bool log_requests = false;  // one line for each call
  InputRangePolicy input_range = InputRangePolicy::kWarn;
  FlaggedRequests* flagged = nullptr;  // where flagged requests are noted
  FlaggedCapture* capture = nullptr;   // where their rows are kept

  // Where each call makes its line; null: nowhere.
  const Log* call_log() const { return log_requests ? &log : nullptr; }
};

}  // namespace hypergan::server
