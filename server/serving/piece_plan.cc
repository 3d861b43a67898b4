#include "server/serving/piece_plan.h"

#include <algorithm>

namespace hypergan::server {
namespace {

// Fewer are neither a variance to rely on nor worth the overhead.
constexpr int64_t kFirstStep = 8;

int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

int64_t PiecePlan::MostNetworks(int64_t rows) const {
  return std::clamp<int64_t>(max_row_networks_ / rows, 1, max_networks_);
}

bool PiecePlan::IsLight(const Job& job) const {
  return job.most_networks() <= max_networks_ &&
         job.cost() <= max_row_networks_;
}

int64_t PiecePlan::NextNetworks(int64_t rows, int64_t asked, int64_t remaining,
                                bool stepwise) const {
  const int64_t most = MostNetworks(rows);
  if (stepwise) {
    return std::min({std::max(asked, kFirstStep), most, remaining});
  }
  return DivideUp(remaining, DivideUp(remaining, most));
}

}  // namespace hypergan::server
