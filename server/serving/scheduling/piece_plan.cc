#include "server/serving/scheduling/piece_plan.h"

#include <algorithm>

namespace hypergan::server {
namespace {

// Fewer are neither a variance to rely on nor worth the overhead.
constexpr int64_t kFirstStep = 8;

int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

int64_t PiecePlan::MostNetworks(int64_t rows, int64_t network_bytes) const {
  const int64_t most = std::min(max_networks_, max_bytes_ / network_bytes);
  return std::max<int64_t>(std::min(max_row_networks_ / rows, most), 1);
}

bool PiecePlan::IsLight(const Job& job) const {
  return job.cost() <= max_row_networks_ &&
         job.most_networks() <= MostNetworks(1, job.engine->network_bytes());
}

int64_t PiecePlan::NextNetworks(const Work& work, bool stepwise) const {
  const int64_t most = MostNetworks(work.rows, work.network_bytes);
  if (stepwise) {
    return std::min({std::max(work.asked, kFirstStep), most, work.remaining});
  }
  return DivideUp(work.remaining, DivideUp(work.remaining, most));
}

}  // namespace hypergan::server
