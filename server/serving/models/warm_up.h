#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/engine.h"
#include "server/serving/admission/limits.h"
#include "server/serving/scheduling/scheduler.h"

namespace hypergan::server {

// As WarmUp (model_loading.h), but as a job among those of clients, so that
// nobody waits for it longer than for one piece of work. While the queue is
// full it tries again each `pause`, a minute at most; then RESOURCE_EXHAUSTED.
// `interrupt` ends it within a piece.
absl::Status WarmUpAsJob(const std::shared_ptr<const Engine>& engine,
                         Scheduler& scheduler, const Limits& limits,
                         const Interrupt& interrupt, absl::Duration pause);

}  // namespace hypergan::server
