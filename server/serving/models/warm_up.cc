#include "server/serving/models/warm_up.h"

#include <algorithm>
#include <cstdint>
#include <future>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "base/named_error.h"
#include "base/status_macros.h"
#include "server/serving/admission/query_check.h"
#include "server/serving/scheduling/job.h"
#include "server/serving/scheduling/piece_plan.h"

namespace hypergan::server {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);

}  // namespace

absl::Status WarmUpAsJob(const std::shared_ptr<const Engine>& engine,
                         Scheduler& scheduler, const Limits& limits,
                         const Interrupt& interrupt, absl::Duration pause) {
  const Manifest& manifest = engine->manifest();
  const std::vector<float> zeros(static_cast<size_t>(manifest.RowSize()));
  const int64_t networks = std::clamp<int64_t>(
      manifest.default_num_networks, 1,
      std::min(limits.max_networks,
               PiecePlan(limits).MostNetworks(1, engine->network_bytes())));
  std::promise<absl::StatusOr<Answer>> ended;
  const auto new_job = [&] {
    Job job;
    job.engine = engine;
    job.inputs = zeros;
    job.rows = 1;
    job.num_networks = networks;
    job.client = "warm-up";
    job.bytes = static_cast<int64_t>(zeros.size() * sizeof(float));
    job.cancelled = [&interrupt] { return !interrupt().ok(); };
    job.done = [&ended](absl::StatusOr<Answer> answer) {
      ended.set_value(std::move(answer));
    };
    return job;
  };
  absl::Status status = scheduler.Submit(new_job());
  const absl::Time end = absl::Now() + kPatience;
  while (absl::IsResourceExhausted(status) && absl::Now() < end) {
    absl::SleepFor(pause);
    HG_RETURN_IF_ERROR(interrupt());
    status = scheduler.Submit(new_job());
  }
  HG_RETURN_IF_ERROR(status);
  const absl::StatusOr<Answer> answer = ended.get_future().get();
  if (!answer.ok()) {
    return Named("a trial prediction of zeros", answer.status());
  }
  return CheckPrediction(answer->prediction, 1, answer->num_networks, false,
                         manifest);
}

}  // namespace hypergan::server
