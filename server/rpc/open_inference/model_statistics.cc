#include "server/rpc/open_inference/model_statistics.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/serving/metrics/metrics.h"

namespace hypergan::server::open_inference {
namespace {

void Encode(const Total& total, inference::StatisticDuration* message) {
  message->set_count(static_cast<uint64_t>(total.count));
  message->set_ns(static_cast<uint64_t>(absl::ToInt64Nanoseconds(total.time)));
}

}  // namespace

inference::ModelStatistics StatisticsOf(const ServedModel& model) {
  const ModelTotals totals =
      model.metrics != nullptr ? model.metrics->totals() : ModelTotals();
  inference::ModelStatistics message;
  message.set_name(model.name);
  message.set_version(absl::StrCat(model.version));
  if (totals.last_answer != absl::InfinitePast()) {
    message.set_last_inference(
        static_cast<uint64_t>(absl::ToUnixMillis(totals.last_answer)));
  }
  message.set_inference_count(static_cast<uint64_t>(totals.rows));
  message.set_execution_count(static_cast<uint64_t>(totals.batches));
  auto& stats = *message.mutable_inference_stats();
  Encode(totals.answered, stats.mutable_success());
  Encode(totals.failed, stats.mutable_fail());
  Encode(totals.queued, stats.mutable_queue());
  Encode(totals.drawing, stats.mutable_compute_input());
  Encode(totals.asking, stats.mutable_compute_infer());
  // Triton's tools expect as many of the three. Encoding is not measured.
  stats.mutable_compute_output()->set_count(
      static_cast<uint64_t>(totals.asking.count));
  return message;
}

}  // namespace hypergan::server::open_inference
